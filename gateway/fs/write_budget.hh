// SPDX-License-Identifier: GPL-2.0-or-later
// Memory for bytes that are on their way to servers, for the whole gateway.
// Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "gateway/base/call.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

class WriteBudget {
 public:
  static constexpr std::uint64_t limit = 128ULL * 1024 * 1024;

  /// Waits for room. `held` is what the same file has already: a file with
  /// nothing always gets its turn, so that one slow server does not stop the
  /// writers of another.
  Result<void> take(std::uint64_t bytes, std::uint64_t held, Call& call);
  void give_back(std::uint64_t bytes) noexcept;

 private:
  std::mutex mutex_;
  std::condition_variable_any freed_;
  std::uint64_t used_ = 0;
};

/// Waits for `ready()` behind `lock`: EINTR when the call is stopped,
/// ETIMEDOUT past its deadline.
template <class Ready>
Result<void> wait_for(std::condition_variable_any& changed,
                      std::unique_lock<std::mutex>& lock, const Call& call,
                      Ready ready) {
  // wait_until() with time_point::max() overflows inside libstdc++.
  const bool done =
      call.deadline == std::chrono::steady_clock::time_point::max()
          ? changed.wait(lock, call.stop, ready)
          : changed.wait_until(lock, call.stop, call.deadline, ready);
  if (done) return {};
  return fail(call.stop.stop_requested() ? EINTR : ETIMEDOUT);
}

}  // namespace vfsrun
