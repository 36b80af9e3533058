// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/prefetch.hh"

#include <system_error>

#include "gateway/base/log.hh"

namespace vfsrun {

Prefetcher::~Prefetcher() { stop(); }

void Prefetcher::stop() noexcept {
  stop_.request_stop();
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

bool Prefetcher::submit(Job job) {
  const std::lock_guard lock(mutex_);
  if (stop_.stop_requested() || queue_.size() >= queue_limit) return false;
  if (idle_ <= queue_.size() && threads_.size() < thread_limit) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) return false;
    }
  }
  queue_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

void Prefetcher::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock,
                  [&] { return stop_.stop_requested() || !queue_.empty(); });
    --idle_;
    if (stop_.stop_requested()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      job(stop_.get_token());
    } catch (const std::exception& error) {
      LOG(debug, "read-ahead: {}", error.what());
    }
    job = nullptr;  // what it captured goes before the lock comes
    lock.lock();
  }
}

}  // namespace vfsrun
