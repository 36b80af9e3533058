// SPDX-License-Identifier: GPL-2.0-or-later
// One open() of a file: the version it reads, and how. Any thread, many at
// once. Knows no node numbers and no FUSE.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "backends/backend.hh"
#include "gateway/base/call.hh"
#include "gateway/base/shared_counters.hh"
#include "gateway/cache/cached_file.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/root_dir.hh"

namespace vfsrun {

class LiveOpen;

class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  virtual ~OpenFile() = default;

  /// Bytes from `offset`, copied to `room` or, where that is cheaper, as they
  /// lie; short only at end of file. ESTALE when the remote file is another
  /// one by now.
  virtual Result<FileBytes> read(std::uint64_t offset,
                                 std::span<std::byte> room, Call& call) = 0;
  /// True when pages that the kernel read through another open of the same
  /// node are this file's too.
  [[nodiscard]] virtual bool shares_pages() const noexcept = 0;

  /// Not null for files that are changed in place.
  [[nodiscard]] virtual LiveOpen* live() noexcept { return nullptr; }
};

/// What an open file needs of the gateway; all outlives it.
struct OpenContext {
  ReadAheadBudget& read_ahead;
  SharedCounters& counters;
};

/// A file whose version and length are known: read through the cache, block
/// by block, ahead of a sequential reader. `changed` is called, once, when
/// the server turns out to have another version.
std::shared_ptr<OpenFile> open_version(const Place& place, const Attr& attr,
                                       std::shared_ptr<CachedFile> content,
                                       std::function<void()> changed,
                                       const OpenContext& context);

}  // namespace vfsrun
