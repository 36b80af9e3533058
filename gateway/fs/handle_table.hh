// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers for open files: what the kernel hands back with each READ. Any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "gateway/base/result.hh"

namespace vfsrun {

template <class T>
class HandleTable {
 public:
  std::uint64_t add(std::shared_ptr<T> value) {
    const std::unique_lock lock(mutex_);
    values_.emplace(++last_, std::move(value));
    return last_;
  }

  /// EBADF for a number that is not open.
  [[nodiscard]] Result<std::shared_ptr<T>> at(std::uint64_t handle) const {
    const std::shared_lock lock(mutex_);
    const auto found = values_.find(handle);
    if (found == values_.end()) return fail(EBADF);
    return found->second;
  }

  void remove(std::uint64_t handle) noexcept {
    std::shared_ptr<T> last;  // ends after the lock: it may wait for a thread
    const std::unique_lock lock(mutex_);
    const auto found = values_.find(handle);
    if (found == values_.end()) return;
    last = std::move(found->second);
    values_.erase(found);
  }

  [[nodiscard]] std::size_t size() const {
    const std::shared_lock lock(mutex_);
    return values_.size();
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<T>> values_;
  std::uint64_t last_ = 0;
};

}  // namespace vfsrun
