// SPDX-License-Identifier: GPL-2.0-or-later
// Whoever stats the files of a listed directory one after the other (ls -l,
// find) finds the next ones asked for already. Any thread. Knows names only:
// what asking means is the caller's.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/vpath.hh"
#include "gateway/cache/meta_cache.hh"
#include "gateway/cache/single_flight_threads.hh"

namespace vfsrun {

class AttributesAhead {
 public:
  static constexpr std::size_t at_once = 32;

  /// Asks for the attributes of one name; runs on a thread of this class.
  using Ask = std::function<void(const std::string& name, std::stop_token)>;

  AttributesAhead() = default;
  AttributesAhead(const AttributesAhead&) = delete;
  AttributesAhead& operator=(const AttributesAhead&) = delete;
  /// Stops what runs and waits for it.
  ~AttributesAhead();

  /// `name` of `directory`, listed as `listing`, is about to be asked for. If
  /// it comes soon after the one before, up to 32 of those that follow it are
  /// asked for at once.
  void asked(const VPath& directory, const Listing& listing,
             std::string_view name, const Ask& ask);

 private:
  // How far on a walk may jump: names that need no question lie between.
  static constexpr std::size_t stride = 64;
  static constexpr std::size_t walks_max = 64;

  /// Somebody's way through one directory.
  struct Walk {
    Listing listing;
    std::size_t last = 0;   ///< position of the name asked for last
    std::size_t ahead = 0;  ///< position after the last one asked for ahead
  };

  std::mutex mutex_;
  std::unordered_map<VPath, Walk> walks_;
  std::size_t running_ = 0;
  std::stop_source stop_;
  FlightThreads threads_;  // ends first: its tasks use all of the above
};

}  // namespace vfsrun
