// SPDX-License-Identifier: GPL-2.0-or-later
// How much of a file may be on its way over one connection: enough to fill
// the line, and little that waits at the server. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>

namespace vfsrun::sftp {

/// As LEDBAT does it (RFC 6817, section 2.4): the window grows while answers
/// come about as fast as they ever did, and shrinks when they have waited
/// behind others. What waits in sshd is dear: whenever it is more than ever
/// before, sshd copies all of it.
class ReadPace {
 public:
  using Clock = std::chrono::steady_clock;

  /// What sftp(1) has on its way.
  static constexpr std::size_t least = std::size_t{2} << 20;
  /// More than a line of 1 Gbit/s and 60 ms holds.
  static constexpr std::size_t most = std::size_t{8} << 20;
  /// So long may an answer wait behind others.
  static constexpr std::chrono::milliseconds target{12};
  /// A line may become longer; what it was is forgotten after twice this.
  static constexpr std::chrono::seconds memory{60};

  /// In bytes, of all READs that are not answered yet.
  [[nodiscard]] std::size_t window() const;

  /// A READ of `bytes`, sent at `asked`, was answered at `now`.
  void answered(std::size_t bytes, Clock::time_point asked,
                Clock::time_point now);

 private:
  mutable std::mutex mutex_;
  double window_ = least;
  /// The quickest answers of this minute and of the one before.
  std::array<Clock::duration, 2> quickest_{Clock::duration::max(),
                                           Clock::duration::max()};
  Clock::time_point minute_{};
};

}  // namespace vfsrun::sftp
