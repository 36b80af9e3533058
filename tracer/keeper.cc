// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/keeper.hh"

#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "gateway/base/log.hh"
#include "tracer/hidden_directory.hh"

namespace vfsrun::tracer {

namespace {

/// How long a gateway may take to unmount by itself.
constexpr int orderly_end_ms = 5000;

std::string describe_end(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("killed by signal {}", WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

/// Waits for either end; true when the tracer's came first.
bool wait_for_ends(int tracer_alive, int gateway) {
  std::array<pollfd, 2> ends{pollfd{tracer_alive, POLLIN, 0},
                             pollfd{gateway, POLLIN, 0}};
  while (::poll(ends.data(), ends.size(), -1) < 0 && errno == EINTR) {
  }
  return ends[0].revents != 0;
}

void wait_readable(int fd, int timeout_ms) {
  pollfd one{fd, POLLIN, 0};
  while (::poll(&one, 1, timeout_ms) < 0 && errno == EINTR) {
  }
}

void keep(const KeeperTask& task, Child gateway) {
  const Fd gateway_end(
      static_cast<int>(::syscall(SYS_pidfd_open, gateway.pid(), 0)));
  if (!wait_for_ends(task.tracer_alive.get(), gateway_end.get())) {
    const auto status = gateway.wait();
    (void)write_all(task.gateway_death.get(), describe_end(status.value_or(0)));
    wait_readable(task.tracer_alive.get(), -1);
    return;
  }
  wait_readable(gateway_end.get(), orderly_end_ms);
  // Whatever still runs now is killed and waited for by Child.
}

}  // namespace

void run_keeper(KeeperTask task, std::vector<Fd> gateway_side) {
  ::prctl(PR_SET_NAME, "vfsrun-keeper");
  {
    auto gateway = Child::spawn(task.gateway_command, task.gateway_inherits);
    if (!gateway)
      LOG(error, "cannot start the gateway: {}", gateway.error().detail);
    gateway_side.clear();
    log::leave_stderr();
    if (gateway) keep(task, *std::move(gateway));
  }
  remove_hidden_directory(task.hidden_directory);
  ::_exit(0);
}

}  // namespace vfsrun::tracer
