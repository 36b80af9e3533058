// SPDX-License-Identifier: GPL-2.0-or-later
// What waitpid(2) said of a traced thread, as a word instead of bits. Pure.
#pragma once

#include <cstdint>

namespace vfsrun::tracer {

enum class StopKind : std::uint8_t {
  gone,          ///< exited or killed: the thread id is free again
  seccomp,       ///< the filter asks about a system call
  new_thread,    ///< fork, vfork or clone, seen in the parent
  exec,          ///< a new program image; reported for the thread group leader
  group_stop,    ///< stopped by a job-control signal
  exit,          ///< a thread is about to end, where report_ends() asked
  event_stop,    ///< first stop of a new thread, or the end of a group-stop
  syscall_exit,  ///< end of a call that was resumed with PTRACE_SYSCALL
  signal,        ///< a signal is about to be delivered
};

/// A status of a thread attached with PTRACE_SEIZE and TRACESYSGOOD;
/// ptrace(2), "Stopped states".
class WaitStatus {
 public:
  explicit WaitStatus(int status) noexcept : status_(status) {}

  [[nodiscard]] StopKind kind() const noexcept;

  /// The signal of a `signal` or `group_stop`.
  [[nodiscard]] int signal() const noexcept { return (status_ >> 8) & 0xff; }

 private:
  int status_;
};

}  // namespace vfsrun::tracer
