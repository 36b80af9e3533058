// SPDX-License-Identifier: GPL-2.0-or-later
// Small files of directories that programs walk, opened and read before the
// program comes to them: each is held open on the server, as the program
// itself would, until it is asked for or the mount's max_age has passed. Any
// thread; no lock is held while a backend is asked.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "backends/live_tree.hh"
#include "gateway/base/clock.hh"
#include "gateway/cache/content_cache.hh"
#include "gateway/cache/prefetch.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/live_metadata.hh"
#include "gateway/fs/walks.hh"

namespace vfsrun {

class LiveAhead {
 public:
  /// All outlive this.
  LiveAhead(LiveMetadata& metadata, ContentCache& contents,
            ReadAheadBudget& budget, const Clock& clock);
  LiveAhead(const LiveAhead&) = delete;
  LiveAhead& operator=(const LiveAhead&) = delete;
  ~LiveAhead();

  struct Taken {
    std::shared_ptr<LiveFile> file;
    /// All its bytes, kept at hand while the pointer lives.
    std::shared_ptr<CachedFile> content;
  };

  /// A program opens the file at `place` for reading: asks for those that
  /// come next, and gives this one if it was opened ahead, is what the server
  /// is believed to have, and nothing was changed here since. Where that is
  /// still going on it is waited for. No file: it is to be opened now.
  Taken open(const Place& place, Call& call);

 private:
  struct Entry {
    Clock::TimePoint end;  ///< when it is closed at the latest
    bool done = false;     ///< what follows is set
    LiveMetadata::Moment since = 0;
    Attr attr{};
    Taken what{};
  };

  using EntryPtr = std::shared_ptr<Entry>;

  /// Held open at most: servers have limits.
  static constexpr std::size_t open_max = 128;

  Walks::Store for_walks();
  Result<Attr> fetch(const Place& place, Call& call);
  Result<void> bring(const Place& place, Entry& entry, Call& call);
  EntryPtr begin(const Place& place);
  void finish(const Place& place, const EntryPtr& entry, bool there);
  Taken take(const Place& place, Call& call);
  void close_old(const std::stop_token& stop);

  LiveMetadata& metadata_;
  ContentCache& contents_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<VPath, EntryPtr> entries_;
  Prefetcher prefetcher_;
  Walks walks_;
  std::jthread closer_;  ///< begins with the first entry
};

}  // namespace vfsrun
