// SPDX-License-Identifier: GPL-2.0-or-later
// The directory that cached files live in: found, made, checked, and the
// handling of files by name within it. Any thread. Knows nothing of what is
// in the files.
#pragma once

#include <boost/filesystem/path.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/fd.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

/// $XDG_CACHE_HOME/vfsrun, else ~/.cache/vfsrun; nothing without either.
std::optional<boost::filesystem::path> default_cache_directory();

/// Where files without a name go when there is no cache directory: $TMPDIR,
/// else /tmp.
boost::filesystem::path temporary_directory();

/// A file in `directory` that has no name and goes with its descriptor.
Result<Fd> make_unnamed_file(const boost::filesystem::path& directory);

/// Names of files are 32 hex digits: object_name(). A shared flock(2) on a
/// file keeps every process from evicting it.
class CacheDirectory {
 public:
  /// Makes it (0700) if need be. EPERM with the reason when it is a symbolic
  /// link, somebody else's, or others may write to it.
  static Result<CacheDirectory> open(const boost::filesystem::path& path);

  /// Without symbolic links.
  [[nodiscard]] const boost::filesystem::path& path() const noexcept {
    return path_;
  }

  /// For reading and writing, locked shared. ENOENT when there is none,
  /// EAGAIN when it is just being evicted.
  [[nodiscard]] Result<Fd> open_object(const std::string& name) const;

  /// A new file that gets the name once `fill` has written it: seen by others
  /// whole or not at all, locked shared. EEXIST when another was faster.
  [[nodiscard]] Result<Fd> make_object(
      const std::string& name,
      const std::function<Result<void>(int fd)>& fill) const;

  /// Unlinks it, whoever has it open.
  void remove_object(const std::string& name) const noexcept;

  /// Unlinks it unless somebody has it open. True when it is gone.
  [[nodiscard]] bool evict_object(const std::string& name) const noexcept;

  /// Bytes on disk; 0 when it is not there.
  [[nodiscard]] std::uint64_t bytes_of_object(
      const std::string& name) const noexcept;

  /// Calls for each object; removes what a killed process left half-made.
  void for_each_object(
      const std::function<void(const std::string& name)>& see) const;

  struct Space {
    std::uint64_t capacity = 0;
    std::uint64_t free = 0;  ///< to the user
  };

  /// In bytes, of the disk that holds the files; 0 when it cannot be asked.
  [[nodiscard]] Space space() const noexcept;

 private:
  CacheDirectory(boost::filesystem::path path, Fd objects) noexcept
      : path_(std::move(path)), objects_(std::move(objects)) {}

  boost::filesystem::path path_;
  Fd objects_;  // path_/objects
};

}  // namespace vfsrun
