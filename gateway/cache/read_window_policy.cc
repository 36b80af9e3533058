// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/read_window_policy.hh"

#include <algorithm>

namespace vfsrun {

std::uint64_t ReadWindowPolicy::window() const noexcept {
  const std::uint64_t grown = (next_ - run_start_) * growth;
  const std::uint64_t least = run_start_ == 0 ? first_window : 0;
  return std::clamp(grown, least, largest_window);
}

/// Takes the READ into the run, or begins another one with it.
bool ReadWindowPolicy::continues(ByteRange read) noexcept {
  const bool sequential =
      started_ && read.offset + backward_slack >= next_ &&
      read.offset <= std::max(next_ + forward_slack, ahead_);
  if (!sequential) {
    started_ = true;
    asked_ = false;
    run_start_ = read.offset;
    next_ = ahead_ = read.end();
    return false;
  }
  run_start_ = std::min(run_start_, read.offset);
  next_ = std::max(next_, read.end());
  return true;
}

ReadWindowPolicy::Plan ReadWindowPolicy::on_read(ByteRange read,
                                                 std::uint64_t size,
                                                 bool at_hand,
                                                 std::uint64_t room) {
  Plan plan;
  const bool first = !started_;
  if (!continues(read)) {
    plan.jumped = !first;
    // Whoever begins at the start of a file mostly goes on.
    if (read.offset != 0) return plan;
    ahead_ = 0;
  }
  // What lies on disk already says nothing about what does not.
  if (at_hand && !asked_) return plan;
  if (ahead_ < next_) ahead_ = std::max(ahead_, read.offset);
  const std::uint64_t end = std::min(next_ + window(), size);
  const std::uint64_t part = std::max(smallest_part, window() / parts_);
  while (ahead_ < end) {
    const std::uint64_t wanted = std::min({part, end - ahead_, room});
    // A small request is worth it only where the reader would wait for it
    // later: a READ that nobody asked for, or the rest of the file.
    const bool urgent = ahead_ < next_ || ahead_ + wanted == size;
    if (wanted == 0) break;
    if (wanted < std::min(part, window() / 2) && !urgent) break;
    plan.fetch.push_back({ahead_, wanted});
    ahead_ += wanted;
    room -= wanted;
    asked_ = true;
  }
  return plan;
}

}  // namespace vfsrun
