// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/write_budget.hh"

namespace vfsrun {

Result<void> WriteBudget::take(std::uint64_t bytes, std::uint64_t held,
                               Call& call) {
  std::unique_lock lock(mutex_);
  TRY(wait_for(freed_, lock, call,
               [&] { return held == 0 || used_ + bytes <= limit; }));
  used_ += bytes;
  return {};
}

void WriteBudget::give_back(std::uint64_t bytes) noexcept {
  {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
  }
  freed_.notify_all();
}

}  // namespace vfsrun
