// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/read_pace.hh"

#include <algorithm>

namespace vfsrun::sftp {

std::size_t ReadPace::window() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(window_);
}

void ReadPace::answered(std::size_t bytes, Clock::time_point asked,
                        Clock::time_point now) {
  const Clock::duration delay = now - asked;
  const std::lock_guard lock(mutex_);
  if (now - minute_ > memory) {
    quickest_ = {delay, quickest_.front()};
    minute_ = now;
  }
  quickest_.front() = std::min(quickest_.front(), delay);
  const Clock::duration waited =
      delay - std::min(quickest_.front(), quickest_.back());
  const double off_target =
      std::clamp(1 - std::chrono::duration<double>(waited) /
                         std::chrono::duration<double>(target),
                 -1.0, 1.0);
  window_ = std::clamp(window_ + off_target * static_cast<double>(bytes),
                       static_cast<double>(least), static_cast<double>(most));
}

}  // namespace vfsrun::sftp
