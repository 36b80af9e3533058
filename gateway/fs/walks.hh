// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that programs walk: fetches the next files ahead, so that each
// of many small ones does not cost a round trip. Any thread. How a file is
// fetched is the store's to say.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "gateway/cache/meta_cache.hh"
#include "gateway/cache/prefetch.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/root_dir.hh"
#include "gateway/fs/walk_policy.hh"

namespace vfsrun {

class Walks {
 public:
  /// What a question for a file brings of it at most.
  static constexpr std::uint64_t head_max = 64ULL * 1024;

  /// Called on any thread.
  struct Store {
    /// Of the directory `place` is in, if it is known.
    std::function<Listing(const Place& place)> listing;
    /// Brings a file where its open will find it, and says what is known of
    /// it then. May block, as long as `call` does not end.
    std::function<Result<Attr>(const Place& place, Call& call)> fetch;
  };

  /// Both references outlive this, as does all that `store` uses.
  Walks(Store store, Prefetcher& prefetcher, ReadAheadBudget& budget)
      : store_(std::move(store)), prefetcher_(prefetcher), budget_(budget) {}

  /// A program opens a file of `attr`. Where the listing of its directory is
  /// known, those that it will likely open next are asked for.
  void opened(const Place& place, const Attr& attr);

 private:
  using Files = std::vector<const DirEntry*>;

  /// One directory as it was listed; one with other names begins anew.
  struct Walk {
    explicit Walk(const Listing& listed);

    const Listing listing;
    const Files files;  ///< of `listing`
    Listing latest;     ///< same names; guarded by the mutex of all walks
    std::mutex mutex{};
    WalkPolicy policy;
  };

  static constexpr std::size_t walks_max = 64;

  std::shared_ptr<Walk> walk_of(const Place& place);
  void fetch(const std::shared_ptr<Walk>& walk, const Place& place,
             std::size_t index);

  Store store_;
  Prefetcher& prefetcher_;
  ReadAheadBudget& budget_;
  std::mutex mutex_;
  std::unordered_map<VPath, std::shared_ptr<Walk>> walks_;
  std::list<VPath> order_;  // last begun first
};

}  // namespace vfsrun
