// SPDX-License-Identifier: GPL-2.0-or-later
// Changes of the index that can wait a moment, written many at once: each by
// itself takes as long as making a small file does, and whoever opens one
// would wait for it. Thread-safe. Knows nothing of SQLite, nor of what becomes
// of a change that cannot be written.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/cache/index.hh"

namespace vfsrun {

class IndexWriter {
 public:
  using Change = CacheIndex::Change;
  /// Gets changes in the order of add(); one call at a time, from any thread.
  using Write = std::function<void(std::span<const Change>)>;

  /// How long a change waits for others; a killed process loses these.
  static constexpr std::chrono::milliseconds delay{20};

  explicit IndexWriter(Write write) : write_(std::move(write)) {}

  IndexWriter(const IndexWriter&) = delete;
  IndexWriter& operator=(const IndexWriter&) = delete;
  /// Writes what is left.
  ~IndexWriter();

  void add(Change change);
  /// Returns when everything that was added before has been written.
  void flush();
  /// The same, but only where a note of `url` is among it.
  void flush_for(std::string_view url);

 private:
  void run(const std::stop_token& stop);

  Write write_;
  std::mutex writing_;  // before mutex_
  std::mutex mutex_;
  std::condition_variable_any added_;
  std::vector<Change> waiting_;
  std::vector<Change> leaving_;  // being written; changed under both locks
  std::jthread thread_;          // from the first change on
};

}  // namespace vfsrun
