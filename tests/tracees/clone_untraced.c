// SPDX-License-Identifier: GPL-2.0-or-later
// Row 51: a child that asks to be hidden from tracers uses paths all the same.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "check.h"

static char* paths[2];

static int child(void) {
  struct stat status;
  int failed = 0;
  for (int i = 0; i < 2; ++i) {
    long got = raw(SYS_stat, paths[i], &status);
    long fd = raw(SYS_openat, AT_FDCWD, paths[i], O_RDONLY);
    if (got != 0 || fd < 0) failed = got != 0 ? (int)-got : (int)-fd;
  }
  return failed;
}

static void ended_well(const char* what, long pid) {
  int status = -1;
  CHECK(pid > 0, "%s: %s", what, error_text(pid));
  if (pid <= 0) return;
  waitpid((pid_t)pid, &status, __WALL);
  CHECK(WIFEXITED(status), "%s: %#x", what, (unsigned)status);
  CHECK(WEXITSTATUS(status) == 0, "%s: %s", what,
        error_text(-WEXITSTATUS(status)));
}

int main(int argc, char** argv) {
  paths[0] = join(argument(argc, argv, 1, "virtual directory"), "f");
  paths[1] = join(argument(argc, argv, 2, "local directory"), "f");
  const long flags[] = {SIGCHLD, CLONE_UNTRACED | SIGCHLD,
                        CLONE_UNTRACED | CLONE_FILES | SIGCHLD,
                        CLONE_UNTRACED | CLONE_VFORK | SIGCHLD};
  for (int round = 0; round < 20; ++round)
    for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i) {
      long pid = raw(SYS_clone, flags[i], 0, 0, 0, 0);
      if (pid == 0) raw(SYS_exit_group, child());
      ended_well("clone", pid);
    }
  struct clone_args how = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
  long pid = raw(SYS_clone3, &how, sizeof how);
  if (pid == 0) raw(SYS_exit_group, child());
  // A kernel without clone3 is what a program has to reckon with; a child
  // whose path calls fail is not.
  if (!is_virtual(paths[0]) || pid != -ENOSYS) ended_well("clone3", pid);
  how.flags = 0;
  pid = raw(SYS_clone3, &how, sizeof how);
  if (pid == 0) raw(SYS_exit_group, child());
  ended_well("plain clone3", pid);
  WANT(raw(SYS_clone3, 8, sizeof how), -EFAULT);
  return check_end();
}
