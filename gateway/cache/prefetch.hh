// SPDX-License-Identifier: GPL-2.0-or-later
// Work that nobody waits for, on a few threads of its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace vfsrun {

/// Runs loads that nobody waits for. Thread-safe. Its threads only wait for
/// transfers, so a few suffice; when all are busy and the queue is full, jobs
/// are dropped: the reader then fetches for itself.
class Prefetcher {
 public:
  static constexpr std::size_t thread_limit = 16;
  static constexpr std::size_t queue_limit = 32;

  using Job = std::function<void(std::stop_token)>;

  Prefetcher() = default;
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;
  /// Drops what is queued, asks running jobs to stop and waits for them.
  ~Prefetcher();

  /// False when the job was dropped. A job sees its token stop when the
  /// prefetcher ends.
  bool submit(Job job);
  /// As the destructor; nothing is taken afterwards.
  void stop() noexcept;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::size_t idle_ = 0;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
};

}  // namespace vfsrun
