// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that run fetches which belong to none of the callers waiting for
// them: a caller that is interrupted leaves, the fetch goes on for the rest.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace vfsrun {

/// Runs each task at once: on an idle thread of its own where there is one,
/// else on a new one, since a task may block on a server for long and must
/// never hold up another. Thread-safe.
class FlightThreads {
 public:
  using Task = std::function<void()>;

  FlightThreads() = default;
  FlightThreads(const FlightThreads&) = delete;
  FlightThreads& operator=(const FlightThreads&) = delete;
  /// Waits for every task: whoever drops this has asked them to stop.
  ~FlightThreads();

  /// False when the system gives no thread: the task was not taken.
  [[nodiscard]] bool run(Task task);

 private:
  using Threads = std::list<std::thread>;

  bool take(Task task);
  void work(Threads::iterator self);

  // More idle ones than this end by themselves.
  static constexpr std::size_t idle_max = 16;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::size_t idle_ = 0;
  bool ending_ = false;
  Threads threads_;
  Threads ended_;  // to be joined
};

}  // namespace vfsrun
