// SPDX-License-Identifier: GPL-2.0-or-later
// One version of one file, partly or wholly on local disk. Thread-safe. Knows
// nothing of backends: whoever reads brings the Fetch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "backends/backend.hh"
#include "gateway/base/call.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

class CachedFile {
 public:
  /// Streams exactly the given range to the sink, in order; fewer bytes are
  /// an error. It runs on a thread of the cache's own and may outlive the
  /// call that brought it, so it must own whatever it captures. Its Call has
  /// the priority and client of the caller that started it, and is asked to
  /// stop as soon as nobody waits for it any more.
  using Fetch = std::function<Result<void>(ByteRange, const ByteSink&, Call&)>;

  virtual ~CachedFile() = default;

  /// Bytes from `offset` into `out`; short only at end of file. Missing
  /// blocks are fetched, adjacent ones in one go; callers that miss the same
  /// block share one fetch, and each returns as soon as its own bytes are
  /// there. EINTR when `call.stop` is asked for, ETIMEDOUT past its deadline,
  /// else the fetch's own error. A failing cache disk is no error.
  virtual Result<std::size_t> read(std::uint64_t offset,
                                   std::span<std::byte> out, const Fetch& fetch,
                                   Call& call) = 0;

  /// The same without handing the bytes out: for reading ahead. Bytes beyond
  /// the end of the file are left out.
  virtual Result<void> load(ByteRange range, const Fetch& fetch,
                            Call& call) = 0;

  /// Puts in bytes that came by another way, such as with the metadata. Only
  /// whole blocks are taken, and the last one up to the end of the file.
  virtual void store(std::uint64_t offset,
                     std::span<const std::byte> bytes) = 0;

  /// True when read() of all of `range` would need no fetch. Bytes beyond the
  /// end of the file count as held.
  [[nodiscard]] virtual bool holds(ByteRange range) = 0;

  /// In bytes; fixed, but for a file that is still growing.
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;

  /// For a file from ContentCache::open_growing() only: the next bytes of a
  /// body of unknown length. ENOSPC when neither disk nor memory has room.
  virtual Result<void> append(std::span<const std::byte> bytes) = 0;
};

}  // namespace vfsrun
