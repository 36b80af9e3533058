// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/single_flight_threads.hh"

#include <system_error>
#include <utility>

namespace vfsrun {

FlightThreads::~FlightThreads() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
  while (!threads_.empty() || !ended_.empty()) {
    changed_.wait(lock, [this] { return !ended_.empty(); });
    Threads ended = std::exchange(ended_, {});
    lock.unlock();
    for (std::thread& thread : ended) thread.join();
    lock.lock();
  }
}

bool FlightThreads::run(Task task) {
  Threads ended;
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
    taken = take(std::move(task));
  }
  // They have left work() already or are just about to.
  for (std::thread& thread : ended) thread.join();
  return taken;
}

bool FlightThreads::take(Task task) {
  if (ending_) return false;
  // Each queued task has an idle thread that is just waking up for it.
  if (idle_ <= tasks_.size()) {
    const auto self = threads_.emplace(threads_.end());
    try {
      *self = std::thread([this, self] { work(self); });
    } catch (const std::system_error&) {
      threads_.erase(self);
      return false;  // RLIMIT_NPROC, or no memory for a stack
    }
    ++idle_;  // until it takes a task
  }
  tasks_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

void FlightThreads::work(Threads::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] {
      return ending_ || !tasks_.empty() || idle_ > idle_max;
    });
    if (tasks_.empty()) break;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    --idle_;
    lock.unlock();
    task();
    task = nullptr;  // what it owned goes without the lock
    lock.lock();
    ++idle_;
  }
  --idle_;
  ended_.splice(ended_.end(), threads_, self);
  changed_.notify_all();
}

}  // namespace vfsrun
