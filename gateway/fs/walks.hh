// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that programs walk: fetches the next files ahead, so that each
// of many small ones does not cost a round trip. Any thread.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "gateway/cache/prefetch.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/metadata.hh"
#include "gateway/fs/walk_policy.hh"

namespace vfsrun {

class Walks {
 public:
  /// All outlive this.
  Walks(Metadata& metadata, Prefetcher& prefetcher, ReadAheadBudget& budget)
      : metadata_(metadata), prefetcher_(prefetcher), budget_(budget) {}

  /// A program opens a file of `attr`. Where the listing of its directory is
  /// known, those that it will likely open next are asked for.
  void opened(const Place& place, const Attr& attr);

 private:
  /// One directory as it was listed; another listing begins anew.
  struct Walk {
    Listing listing;
    std::vector<const DirEntry*> files;
    std::mutex mutex;
    WalkPolicy policy;
  };

  static constexpr std::size_t walks_max = 64;

  std::shared_ptr<Walk> walk_of(const Place& directory);
  void fetch(const std::shared_ptr<Walk>& walk, const Place& place,
             std::size_t index);

  Metadata& metadata_;
  Prefetcher& prefetcher_;
  ReadAheadBudget& budget_;
  std::mutex mutex_;
  std::unordered_map<VPath, std::shared_ptr<Walk>> walks_;
  std::list<VPath> order_;  // last begun first
};

}  // namespace vfsrun
