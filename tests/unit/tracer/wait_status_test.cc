// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/wait_status.hh"

#include <doctest/doctest.h>
#include <sys/ptrace.h>

#include <csignal>

using vfsrun::tracer::StopKind;
using vfsrun::tracer::WaitStatus;

namespace {

int stop(int signal, int event = 0) {
  return (event << 16) | (signal << 8) | 0x7f;
}

}  // namespace

TEST_SUITE("tracer/wait_status") {
  TEST_CASE("each kind of stop is told from the others") {
    struct {
      int status;
      StopKind kind;
    } rows[] = {
        {3 << 8, StopKind::gone},
        {SIGKILL, StopKind::gone},
        {stop(SIGTRAP, PTRACE_EVENT_SECCOMP), StopKind::seccomp},
        {stop(SIGTRAP, PTRACE_EVENT_FORK), StopKind::new_thread},
        {stop(SIGTRAP, PTRACE_EVENT_VFORK), StopKind::new_thread},
        {stop(SIGTRAP, PTRACE_EVENT_CLONE), StopKind::new_thread},
        {stop(SIGTRAP, PTRACE_EVENT_EXEC), StopKind::exec},
        {stop(SIGTRAP, PTRACE_EVENT_EXIT), StopKind::exit},
        {stop(SIGSTOP, PTRACE_EVENT_STOP), StopKind::group_stop},
        {stop(SIGTSTP, PTRACE_EVENT_STOP), StopKind::group_stop},
        {stop(SIGTTIN, PTRACE_EVENT_STOP), StopKind::group_stop},
        {stop(SIGTTOU, PTRACE_EVENT_STOP), StopKind::group_stop},
        {stop(SIGTRAP, PTRACE_EVENT_STOP), StopKind::event_stop},
        {stop(SIGTRAP | 0x80), StopKind::syscall_exit},
        {stop(SIGTRAP), StopKind::signal},
        {stop(SIGSTOP), StopKind::signal},
        {stop(SIGUSR1), StopKind::signal},
    };

    for (const auto& row : rows) {
      CAPTURE(row.status);
      CHECK(static_cast<int>(WaitStatus(row.status).kind()) ==
            static_cast<int>(row.kind));
    }
  }

  TEST_CASE("the signal of a delivery is kept") {
    CHECK(WaitStatus(stop(SIGUSR1)).signal() == SIGUSR1);
  }
}
