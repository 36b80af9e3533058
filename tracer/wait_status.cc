// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/wait_status.hh"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>

namespace vfsrun::tracer {

namespace {

constexpr int syscall_stop_flag = 0x80;  // PTRACE_O_TRACESYSGOOD

bool stops_job(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
         signal == SIGTTOU;
}

}  // namespace

StopKind WaitStatus::kind() const noexcept {
  if (!WIFSTOPPED(status_)) return StopKind::gone;
  switch (status_ >> 16) {
    case PTRACE_EVENT_SECCOMP:
      return StopKind::seccomp;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      return StopKind::new_thread;
    case PTRACE_EVENT_EXEC:
      return StopKind::exec;
    case PTRACE_EVENT_EXIT:
      return StopKind::exit;
    case PTRACE_EVENT_STOP:
      return stops_job(signal()) ? StopKind::group_stop : StopKind::event_stop;
    default:
      break;
  }
  if (WSTOPSIG(status_) == (SIGTRAP | syscall_stop_flag))
    return StopKind::syscall_exit;
  return StopKind::signal;
}

}  // namespace vfsrun::tracer
