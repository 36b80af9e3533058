// SPDX-License-Identifier: GPL-2.0-or-later
// Time as a dependency, so that tests can move it. Any thread.
#pragma once

#include <chrono>

namespace vfsrun {

class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;
};

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace vfsrun
