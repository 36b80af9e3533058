// SPDX-License-Identifier: GPL-2.0-or-later
// What is where in a store that is changed in place, by us too: answers from
// memory while they are younger than the mount's max_age and nothing was
// changed here, else from the backend. Any thread; no lock is held while a
// backend is asked. Knows no node numbers and no open files.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "gateway/base/call.hh"
#include "gateway/base/guarded.hh"
#include "gateway/cache/meta_cache.hh"
#include "gateway/cache/prefetch.hh"
#include "gateway/fs/coalesce.hh"
#include "gateway/fs/metadata.hh"
#include "gateway/fs/root_dir.hh"

namespace vfsrun {

class LiveMetadata {
 public:
  /// All outlive this.
  LiveMetadata(MetaCache& cache, const Clock& clock)
      : cache_(cache), clock_(clock) {}

  LiveMetadata(const LiveMetadata&) = delete;
  LiveMetadata& operator=(const LiveMetadata&) = delete;

  /// Where many names of a directory are asked for, it is listed unasked.
  Result<Found> lookup(const Place& place, Call& call);
  /// What lookup() would say unasked; nothing of what is not there.
  [[nodiscard]] std::optional<Found> known(const Place& place);
  /// For opening: also right after a lookup when max_age is 0.
  Result<Attr> current(const Place& place, Call& call);
  Result<Listing> list(const Place& place, Call& call);
  /// Of the directory that `place` is in; null where the server has to be
  /// asked.
  [[nodiscard]] Listing known_listing(const Place& place);

  /// Moments between changes that are made here. What a server said is kept
  /// only when nothing was changed since it was asked.
  using Moment = std::uint64_t;
  [[nodiscard]] Moment now();
  /// Something was changed here since then at `path`, above or below it.
  [[nodiscard]] bool touched(const VPath& path, Moment since);
  /// What the server said of `place` in answer to a question of `since`; by
  /// way of an open file, which need not be at its name any more.
  void learn(const Place& place, const Attr& attr, Moment since);

  // Changes that were made here. Each is told when the server has answered,
  // whether it worked or nobody knows.
  /// There is something of this kind, and it is not what was known of it;
  /// without a kind nobody knows what is there.
  void changed(const Place& place, std::optional<Kind> kind);
  /// A new and empty directory.
  void made_directory(const Place& place);
  void removed(const Place& place);
  void moved(const Place& from, const Place& to, Kind kind);

 private:
  struct Change {
    VPath path;
    std::optional<Kind> kind;  // what is there now
    bool unknown = false;
  };

  struct Changes {
    Moment moment = 0;
    std::deque<Change> last;  // the last of them is that of `moment`
  };

  struct Asked {
    int times = 0;
    Clock::TimePoint since;
  };

  std::optional<Result<Found>> remembered(const Place& place);
  Result<Attr> ask(const Place& place, Call& call);
  Result<Listing> ask_list(const Place& place, Call& call);
  void list_unasked(const Place& place);
  void mark(Change change);
  /// The changes since then; nothing when there were too many to tell.
  std::optional<std::vector<Change>> changes_since(Moment since);
  bool keep_listing(const VPath& path, const DirListing& found, Moment since);
  void put_unknown(const VPath& path, Kind kind);
  void forget_times_of(const VPath& directory);

  MetaCache& cache_;
  const Clock& clock_;
  Coalesce<Attr> stats_;
  Coalesce<Listing> lists_;
  Guarded<Changes> changes_;
  Guarded<std::unordered_map<VPath, Asked>> asked_;
  Prefetcher prefetcher_;  // ends first: its jobs work here
};

}  // namespace vfsrun
