// SPDX-License-Identifier: GPL-2.0-or-later
// Reading ahead. The kernel keeps only two requests of 128 KiB in flight for
// a file, so over a long line the gateway has to ask for more by itself.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "backends/backend.hh"

namespace vfsrun {

/// When to read ahead and how much, for one open file. Pure; the caller
/// guards it.
class ReadAheadPolicy {
 public:
  static constexpr std::uint64_t first_window = 256ULL * 1024;
  static constexpr std::uint64_t largest_window = 8ULL * 1024 * 1024;
  /// READs of one sequential reader come out of order by as much.
  static constexpr std::uint64_t backward_slack = 256ULL * 1024;
  static constexpr std::uint64_t forward_slack = 512ULL * 1024;

  /// A program read `read` of a file of `size` bytes: what to load now, if
  /// anything. While reading is sequential the window doubles; a jump closes
  /// it.
  std::optional<ByteRange> on_read(ByteRange read, std::uint64_t size) noexcept;

  [[nodiscard]] std::uint64_t window() const noexcept { return window_; }

 private:
  std::uint64_t next_ = 0;   ///< where the reader is expected to go on
  std::uint64_t ahead_ = 0;  ///< end of what was asked for so far
  std::uint64_t window_ = 0;
};

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
