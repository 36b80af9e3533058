// SPDX-License-Identifier: GPL-2.0-or-later
// Time that passes when a test says so. Any thread.
#pragma once

#include <atomic>

#include "gateway/base/clock.hh"

namespace vfsrun::test {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override {
    return TimePoint(std::chrono::nanoseconds(now_.load()));
  }

  void advance(std::chrono::nanoseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'000'000'000'000};
};

}  // namespace vfsrun::test
