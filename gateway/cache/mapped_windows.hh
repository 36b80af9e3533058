// SPDX-License-Identifier: GPL-2.0-or-later
// Large windows of one file, mapped: the kernel copies out of a mapping at
// twice the rate of pread(2) and a buffer. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "gateway/cache/block_map.hh"
#include "gateway/cache/file_bytes.hh"

namespace vfsrun {

class MappedWindows {
 public:
  static constexpr std::uint64_t window_size = 64ULL * 1024 * 1024;
  /// Below this pread(2) costs less than the faults.
  static constexpr std::uint64_t smallest_view = 32ULL * 1024;

  /// `range` of the file `fd`, which is that long; nothing where it is small,
  /// lies in two windows, or cannot be mapped.
  std::optional<FileBytes> view(int fd, ByteRange range);

 private:
  struct Window;

  static constexpr std::size_t windows_max = 4;

  std::mutex mutex_;
  std::deque<std::shared_ptr<const Window>> windows_;  // last used first
};

}  // namespace vfsrun
