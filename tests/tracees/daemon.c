// SPDX-License-Identifier: GPL-2.0-or-later
// Row 35: a daemon by the book (double fork, setsid, no descriptors) that opens
// virtual files after the program has ended, for as long as it lives.
// Arguments: VIRTUAL_DIR LOCAL_DIR RESULT_FILE; writes "ok" or what failed, and
// ends when RESULT_FILE.stop appears or after 20 s.
#include <time.h>

#include "check.h"

static void nap(void) {
  const struct timespec time = {0, 50 * 1000 * 1000};
  nanosleep(&time, NULL);
}

int main(int argc, char** argv) {
  char* virtual_file = join(argument(argc, argv, 1, "virtual directory"), "f");
  char* local_file = join(argument(argc, argv, 2, "local directory"), "f");
  const char* result = argument(argc, argv, 3, "result file");
  char stop[4096];
  char ready[4096];
  snprintf(stop, sizeof stop, "%s.stop", result);
  snprintf(ready, sizeof ready, "%s.new", result);
  const pid_t program = getpid();
  pid_t first = fork();
  if (first != 0) return first < 0;
  setsid();
  if (fork() != 0) _exit(0);
  if (chdir("/") != 0) _exit(1);
  for (int fd = 0; fd < 64; ++fd) close(fd);
  open("/dev/null", O_RDWR);
  // Gone means gone: also as a zombie it would still be there.
  while (raw(SYS_kill, program, 0) == 0) nap();
  nap();
  const char* answer = "ok\n";
  if (!holds_name(AT_FDCWD, virtual_file, "f")) answer = "no virtual file\n";
  if (!holds_name(AT_FDCWD, local_file, "f")) answer = "no local file\n";
  int fd = open(ready, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (write(fd, answer, strlen(answer)) < 0) _exit(1);
  close(fd);
  rename(ready, result);
  for (int i = 0; i < 400 && access(stop, F_OK) != 0; ++i) nap();
  _exit(holds_name(AT_FDCWD, virtual_file, "f") ? 0 : 1);
}
