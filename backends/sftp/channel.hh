// SPDX-License-Identifier: GPL-2.0-or-later
// A stream of bytes to an sftp server and back, whatever carries it. Used by
// one thread, that of its connection. Knows nothing of packets.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "gateway/base/result.hh"

namespace vfsrun::sftp {

/// Never blocks once it is open.
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// How many bytes came; 0 for none by now. ECONNRESET with why at the end
  /// of the stream.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
  /// How many were taken, 0 for none by now: then the next call offers the
  /// same bytes again, or more.
  virtual Result<std::size_t> write(std::span<const std::byte> bytes) = 0;
  /// What to poll for before the next call; `blocked_write`: write() took
  /// less than it was offered.
  [[nodiscard]] virtual pollfd waits_for(bool blocked_write) const = 0;
};

/// How long whoever opens a channel may take.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  Patience(int stop_fd, Clock::time_point until) noexcept
      : stop_fd_(stop_fd), until_(until) {}

  /// Until one of `events` is there; EINTR when the connection is to end,
  /// ETIMEDOUT in the end. A negative `fd` only waits, at most `at_most`.
  Result<void> wait(int fd, short events) const;
  Result<void> pause(std::chrono::milliseconds at_most) const;

  [[nodiscard]] Clock::time_point until() const noexcept { return until_; }

  [[nodiscard]] Patience with_limit(Clock::time_point until) const noexcept {
    return {stop_fd_, std::min(until, until_)};
  }

 private:
  int stop_fd_;
  Clock::time_point until_;
};

using OpenChannel =
    std::function<Result<std::unique_ptr<Channel>>(const Patience&)>;

}  // namespace vfsrun::sftp
