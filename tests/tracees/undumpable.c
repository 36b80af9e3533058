// SPDX-License-Identifier: GPL-2.0-or-later
// Row 49: a program that makes itself undumpable, as agents for secrets do,
// goes on opening files. Arguments: VIRTUAL_DIR LOCAL_DIR
#include <sys/prctl.h>
#include <sys/wait.h>

#include "check.h"

static void all(const char* virtual_dir, const char* local_dir) {
  struct stat status;
  char buffer[4096];
  CHECK(holds_name(AT_FDCWD, join(local_dir, "f"), "f"), "local file");
  WANT(raw(SYS_stat, join(local_dir, "gone"), &status), -ENOENT);
  CHECK(holds_name(AT_FDCWD, join(virtual_dir, "f"), "f"), "virtual file");
  WANT(raw(SYS_chdir, join(virtual_dir, "dir")), 0);
  WANT_OK(raw(SYS_getcwd, buffer, sizeof buffer));
  CHECK(holds_name(AT_FDCWD, "../f", "f"), "../f");
  WANT(raw(SYS_chdir, "/"), 0);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  WANT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), 0);
  all(virtual_dir, local_dir);
  pid_t child = fork();
  if (child == 0) {
    atomic_store(&checks_failed, 0);
    all(virtual_dir, local_dir);
    _exit(atomic_load(&checks_failed) != 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0, "child: %#x", (unsigned)status);
  WANT(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
  all(virtual_dir, local_dir);
  return check_end();
}
