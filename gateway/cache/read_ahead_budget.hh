// SPDX-License-Identifier: GPL-2.0-or-later
// How much may be on its way for nobody in particular, of all files together.
// Thread-safe, without locks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

namespace vfsrun {

class ReadAheadBudget {
 public:
  static constexpr std::uint64_t default_limit = 64ULL * 1024 * 1024;

  explicit ReadAheadBudget(std::uint64_t limit = default_limit)
      : limit_(limit), used_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

  /// What one more file may ask for: half of what is left, so that the next
  /// one is not left with nothing.
  [[nodiscard]] std::uint64_t room() const noexcept {
    return (limit_ - std::min(limit_, used_->load())) / 2;
  }

  [[nodiscard]] std::uint64_t used() const noexcept { return *used_; }

  /// Counts `bytes` until the last copy of the pointer goes, which may be
  /// after the budget itself has gone.
  [[nodiscard]] std::shared_ptr<const void> take(std::uint64_t bytes) const {
    *used_ += bytes;
    return {nullptr, [used = used_, bytes](const void*) { *used -= bytes; }};
  }

 private:
  std::uint64_t limit_;
  std::shared_ptr<std::atomic<std::uint64_t>> used_;
};

}  // namespace vfsrun
