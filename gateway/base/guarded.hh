// SPDX-License-Identifier: GPL-2.0-or-later
// Data that can be reached only through its lock.
#pragma once

#include <mutex>
#include <utility>

namespace vfsrun {

/// `auto data = guarded.lock(); data->…` holds the lock while `data` lives.
template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  class Access {
   public:
    T* operator->() noexcept { return value_; }

    T& operator*() noexcept { return *value_; }

    /// For condition variables.
    std::unique_lock<std::mutex>& lock() noexcept { return lock_; }

   private:
    friend Guarded;

    Access(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}

    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  [[nodiscard]] Access lock() { return Access(mutex_, value_); }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace vfsrun
