// SPDX-License-Identifier: GPL-2.0-or-later
// One TOML text → mounts, by one table of all keys. Pure; any thread. Knows
// nothing of files and their precedence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/mount_table.hh"

namespace vfsrun::mount_file {

/// Collects what is wrong, one line each.
class Problems {
 public:
  /// "WHERE: key: what"; `where` is "FILE:LINE" or "FILE".
  void add(std::string_view where, std::string_view key, std::string_view what);

  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }

  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> lines_;
};

/// A text and what is known of it.
struct Source {
  std::string label;  ///< the file's name, or the option's
  std::string_view text;
  bool is_private = false;  ///< nobody but its owner can read it
};

/// A mount and where its path stands, for messages about duplicates.
struct Found {
  Mount mount;
  std::string where;
};

/// The form of a mounts.d file: one mount at most; none where nothing but
/// comments stands. A mount with problems is given too if it has a path.
std::vector<Found> parse_one(const Source& source, Problems& problems);
/// The form of to_toml(): an array of mounts.
std::vector<Found> parse_all(const Source& source, Problems& problems);

/// "PATH=URL"; the label says which option it was.
std::vector<Found> parse_spec(std::string_view spec, std::string_view option,
                              Problems& problems);

/// The counterpart of parse_all().
std::string write_all(const std::vector<Mount>& mounts);

}  // namespace vfsrun::mount_file
