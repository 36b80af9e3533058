// SPDX-License-Identifier: GPL-2.0-or-later
// How one open file is read: through its CachedFile, ahead of a sequential
// reader. Any thread, many at once. Knows nothing of backends or versions:
// whoever opens brings the Fetch.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>

#include "gateway/cache/cached_file.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/cache/read_window_policy.hh"

namespace vfsrun {

class ReadWindow {
 public:
  /// `parallel`: how many fetches at once still make one file of this store
  /// come faster (Backend::useful_reads). `budget` outlives this.
  ReadWindow(std::shared_ptr<CachedFile> content, CachedFile::Fetch fetch,
             std::size_t parallel, ReadAheadBudget& budget);
  ReadWindow(const ReadWindow&) = delete;
  ReadWindow& operator=(const ReadWindow&) = delete;
  /// What was fetched ahead, and nobody else waits for, is stopped.
  ~ReadWindow() = default;

  struct Served {
    FileBytes what;           ///< short only at end of file
    bool from_cache = false;  ///< this window asked for none of it
  };

  /// As CachedFile::read_in_place(). Fetches of its own have the call's
  /// priority, what is fetched ahead has Priority::prefetch.
  Result<Served> read(std::uint64_t offset, std::span<std::byte> room,
                      Call& call);

 private:
  bool advance(ByteRange read, const Call& call);

  std::shared_ptr<CachedFile> content_;
  CachedFile::Fetch fetch_;
  ReadAheadBudget& budget_;
  std::mutex mutex_;
  ReadWindowPolicy policy_;
  std::deque<CachedFile::Loading> ahead_;
  BlockMap asked_;
};

}  // namespace vfsrun
