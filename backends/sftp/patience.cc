// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cerrno>

#include "backends/sftp/channel.hh"

namespace vfsrun::sftp {

namespace {

using std::chrono::milliseconds;

milliseconds left_until(Patience::Clock::time_point until) {
  constexpr milliseconds longest = std::chrono::hours(1);
  const auto left = std::chrono::ceil<milliseconds>(
      std::min(until, Patience::Clock::now() + longest) -
      Patience::Clock::now());
  return std::max(left, milliseconds::zero());
}

}  // namespace

Result<void> Patience::wait(int fd, short events) const {
  for (;;) {
    std::array<pollfd, 2> wait{{{fd, events, 0}, {stop_fd_, POLLIN, 0}}};
    const int ready = ::poll(wait.data(), wait.size(),
                             static_cast<int>(left_until(until_).count()));
    if (ready < 0 && errno != EINTR) return fail_errno("poll");
    if (wait[1].revents != 0) return fail(EINTR);
    if (wait[0].revents != 0) return {};
    if (Clock::now() >= until_) return fail(ETIMEDOUT, "no answer in time");
  }
}

Result<void> Patience::pause(milliseconds at_most) const {
  const Patience shorter = with_limit(Clock::now() + at_most);
  Result<void> waited = shorter.wait(-1, 0);
  if (waited || waited.error().code != ETIMEDOUT || Clock::now() >= until_)
    return waited;
  return {};
}

}  // namespace vfsrun::sftp
