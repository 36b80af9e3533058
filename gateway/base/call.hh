// SPDX-License-Identifier: GPL-2.0-or-later
// What travels with one operation down every layer of the gateway.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace vfsrun {

/// Which request goes first when connections are short.
enum class Priority : std::uint8_t { metadata, foreground, prefetch };

/// One operation's limits. Passed by reference to whoever works for it, and
/// used by one thread at a time.
struct Call {
  std::stop_token stop;  ///< asked for: give up with EINTR
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();  ///< past it: ETIMEDOUT
  Priority priority = Priority::foreground;
  /// Asked for: somebody waits for this prefetch now, which goes among the
  /// foreground reads from then on. What runs when it is asked for may take
  /// no lock of its caller's.
  std::stop_token hurry{};
  pid_t client = 0;  ///< thread id of the program that waits; 0: nobody
};

}  // namespace vfsrun
