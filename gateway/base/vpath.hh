// SPDX-License-Identifier: GPL-2.0-or-later
// A canonical absolute path inside the virtual tree. Bytes, not UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hh"

namespace vfsrun {

/// Invariants: begins with '/', no empty, "." or ".." component, no NUL, no
/// trailing '/' but for the root itself. An immutable value.
class VPath {
 public:
  /// The root, "/".
  VPath() : text_("/") {}

  /// Collapses "//" and "/./" and a trailing '/'. EINVAL for a relative path,
  /// a ".." component or a NUL byte: the caller resolves these first.
  static Result<VPath> parse(std::string_view text);

  [[nodiscard]] const std::string& str() const noexcept { return text_; }

  [[nodiscard]] bool is_root() const noexcept { return text_.size() == 1; }

  /// Last component; empty for the root.
  [[nodiscard]] std::string_view name() const noexcept;
  /// The root's parent is the root.
  [[nodiscard]] VPath parent() const;
  /// `name` must be valid_name(): CHECKed.
  [[nodiscard]] VPath child(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> components() const;
  [[nodiscard]] std::size_t depth() const noexcept;

  /// True when this is `prefix` or lies below it; compares whole components.
  [[nodiscard]] bool is_within(const VPath& prefix) const noexcept;
  /// The part below `prefix` as a path of its own; CHECKs is_within.
  [[nodiscard]] VPath below(const VPath& prefix) const;
  /// This path with `tail`'s components appended.
  [[nodiscard]] VPath join(const VPath& tail) const;

  /// One component that a directory may hold: 1..255 bytes, no '/' or NUL,
  /// not "." or "..".
  static bool valid_name(std::string_view name) noexcept;

  auto operator<=>(const VPath&) const = default;

 private:
  explicit VPath(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace vfsrun

template <>
struct std::hash<vfsrun::VPath> {
  std::size_t operator()(const vfsrun::VPath& path) const noexcept {
    return std::hash<std::string>{}(path.str());
  }
};
