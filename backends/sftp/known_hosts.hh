// SPDX-License-Identifier: GPL-2.0-or-later
// Which keys a host is known by: files in the format of sshd(8), "SSH_KNOWN_
// HOSTS FILE FORMAT", with hashed names, patterns and markers. One thread at a
// time. Stricter than ssh in nothing, laxer in nothing: an unknown key is
// never taken.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vfsrun::sftp {

std::string base64(std::span<const std::byte> bytes);

class KnownHosts {
 public:
  /// Reads what can be read; files that are missing hold nothing.
  explicit KnownHosts(const std::vector<std::string>& files);
  /// For tests: the text of one file.
  static KnownHosts from_text(std::string_view text);

  /// Types of the keys that are known of `name` ("host" or "[host]:port").
  /// A "[host]:port" that is in no file is known by what its host is.
  [[nodiscard]] std::vector<std::string> types_of(std::string_view name) const;
  /// The name is signed for by an authority that it takes ssh to ask.
  [[nodiscard]] bool has_authority(std::string_view name) const;

  struct Verdict {
    enum class Kind : unsigned char { known, unknown, changed, revoked };
    Kind kind = Kind::unknown;
    std::string where;  ///< "file:line" of what decided
  };

  [[nodiscard]] Verdict check(std::string_view name, std::string_view type,
                              std::string_view key_base64) const;

 private:
  enum class Marker : unsigned char { none, revoked, authority };

  struct Line {
    Marker marker = Marker::none;
    std::string names;
    std::string type;
    std::string key;
    std::string text;  ///< without marker
    std::string where;
  };

  KnownHosts() = default;

  void add(std::string_view text, const std::string& label);
  [[nodiscard]] std::vector<const Line*> lines_for(std::string_view name) const;
  [[nodiscard]] static bool matches(const Line& line, std::string_view name);

  std::vector<Line> lines_;
};

}  // namespace vfsrun::sftp
