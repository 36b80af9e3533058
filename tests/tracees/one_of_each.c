// SPDX-License-Identifier: GPL-2.0-or-later
// Row 41: one call of each sort that the tracer has a hand in, then a program
// of the tree. Arguments: VIRTUAL_DIR LOCAL_DIR
#include <linux/sched.h>
#include <sys/wait.h>

#include "check.h"

int main(int argc, char** argv) {
  const char* tree = argument(argc, argv, 1, "virtual directory");
  const char* local = argument(argc, argv, 2, "local directory");
  char text[4096];
  struct stat status;
  WANT(raw(SYS_stat, join(local, "f"), &status), 0);
  WANT(raw(SYS_stat, join(tree, "f"), &status), 0);
  WANT(raw(SYS_rename, join(tree, "f"), join(local, "x")), -EXDEV);
  WANT(raw(SYS_chdir, join(tree, "dir")), 0);
  WANT_OK(raw(SYS_getcwd, text, sizeof text));
  WANT_OK(raw(SYS_readlink, "/proc/self/cwd", text, sizeof text));
  long root = raw(SYS_open, "/", O_RDONLY | O_DIRECTORY);
  while (raw(SYS_getdents64, root, text, sizeof text) > 0) continue;
  long child = raw(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) raw(SYS_exit_group, raw(SYS_access, "g", R_OK) != 0);
  int code = -1;
  waitpid((pid_t)child, &code, __WALL);
  CHECK(code == 0, "child: %d", code);
  char* list[] = {"x", join(local, "f"), join(tree, "f"), NULL};
  WANT(raw(SYS_execve, join(tree, "gone"), list, environ), -ENOENT);
  if (check_end() != 0) return 1;
  raw(SYS_execve, join(tree, "bin/bare_static"), list, environ);
  return 2;
}
