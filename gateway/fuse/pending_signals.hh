// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a thread that waits for us is meant to give up: read from its
// pending signals. The kernel says so itself (FUSE_INTERRUPT) only where the
// wait is interruptible, and never which signal it was. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vfsrun::fuse {

/// What /proc/PID/status (proc(5)) says of a thread. In the masks bit n-1
/// stands for signal n.
struct SignalState {
  char run_state = '?';  ///< 'D': waits where no signal wakes it
  pid_t tracer = 0;
  std::uint64_t pending = 0;  ///< of the thread and of its process
  std::uint64_t blocked = 0;
  std::uint64_t ignored = 0;
  std::uint64_t caught = 0;

  bool operator==(const SignalState&) const = default;
};

/// The text of a status file; fields that are missing stay as they are.
[[nodiscard]] SignalState parse_status(std::string_view text) noexcept;

/// Nothing when there is no such thread any more.
[[nodiscard]] std::optional<SignalState> signals_of(pid_t thread);

/// True when a signal is about to be delivered that ends the process or that
/// a person sent to end it: SIGKILL; INT, TERM, HUP, QUIT even if handled;
/// others whose default action ends it. Other handled signals (SIGALRM, Go's
/// SIGURG) are no reason to fail a read.
[[nodiscard]] bool wants_to_end(const SignalState& state) noexcept;

/// True when some thread traced by `tracer` waits uninterruptibly with a
/// signal pending that wants_to_end(). Reads all of /proc.
[[nodiscard]] bool tracee_waits_to_end(pid_t tracer);

}  // namespace vfsrun::fuse
