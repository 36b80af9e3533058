// SPDX-License-Identifier: GPL-2.0-or-later
// Row 34: children by fork, vfork, clone with shared memory, clone3 and
// posix_spawn, thousands of them from several processes at once. Each opens a
// virtual path first. None is lost, none fails, no zombie remains.
// Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR [TOTAL]
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "check.h"

enum { WORKERS = 4, KINDS = 6 };

static const char* program;
static char* virtual_file;
static char* local_file;

/// Runs in any sort of child, also one that shares our memory: raw calls only.
static int open_both(int seed) {
  const char* paths[2] = {virtual_file, local_file};
  for (int i = 0; i < 2; ++i) {
    char text[64];
    long fd = raw(SYS_openat, AT_FDCWD, paths[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 200;
    long got = raw(SYS_read, fd, text, 10);
    raw(SYS_close, fd);
    if (got != 10 || memcmp(text, "this is f\n", 10) != 0) return 201;
  }
  return seed % 100;
}

static int in_clone(void* seed) { return open_both((int)(intptr_t)seed); }

static pid_t by_clone3(int seed) {
  struct clone_args how = {.exit_signal = SIGCHLD};
  long pid = raw(SYS_clone3, &how, sizeof how);
  if (pid == 0) raw(SYS_exit_group, open_both(seed));
  return (pid_t)pid;
}

static pid_t by_spawn(int seed) {
  char number[16];
  snprintf(number, sizeof number, "%d", seed % 100);
  char* list[] = {(char*)program, virtual_file, local_file,
                  "--child",      number,       NULL};
  pid_t pid = -1;
  return posix_spawn(&pid, program, NULL, NULL, list, environ) == 0 ? pid : -1;
}

static pid_t start(int kind, int seed, char* stack_top) {
  pid_t pid = -1;
  switch (kind) {
    case 0:
      pid = fork();
      if (pid == 0) _exit(open_both(seed));
      return pid;
    case 1:
      pid = vfork();
      if (pid == 0) _exit(open_both(seed));
      return pid;
    case 2:
      return clone(in_clone, stack_top, CLONE_VM | SIGCHLD,
                   (void*)(intptr_t)seed);
    case 3:
      return clone(in_clone, stack_top, CLONE_VM | CLONE_VFORK | SIGCHLD,
                   (void*)(intptr_t)seed);
    case 4:
      return by_clone3(seed);
    default:
      // An image of its own costs more: one in eight of these.
      if (seed % 8 == 0) return by_spawn(seed);
      return start(seed % 2, seed, stack_top);
  }
}

static int worker(int number, int count) {
  char* stack = mmap(NULL, 65536, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) return 1;
  for (int i = 0; i < count; ++i) {
    int seed = number * 7 + i;
    pid_t child = start(i % KINDS, seed, stack + 65536);
    if (!CHECK(child > 0, "kind %d: not started: %m", i % KINDS)) break;
    int status = 0;
    pid_t got = waitpid(child, &status, 0);
    CHECK(
        got == child && WIFEXITED(status) && WEXITSTATUS(status) == seed % 100,
        "kind %d, child %d of %d: status %#x, not exit %d", i % KINDS, i, count,
        (unsigned)status, seed % 100);
  }
  CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "a child more");
  return atomic_load(&checks_failed) != 0;
}

int main(int argc, char** argv) {
  if (argc == 5 && strcmp(argv[3], "--child") == 0) {
    virtual_file = argv[1];
    local_file = argv[2];
    return open_both(atoi(argv[4]));
  }
  virtual_file = join(argument(argc, argv, 1, "virtual directory"), "f");
  local_file = join(argument(argc, argv, 2, "local directory"), "f");
  argument(argc, argv, 3, "work directory");
  program = argv[0];
  int total = argc > 4 ? atoi(argv[4]) : 10000;
  pid_t workers[WORKERS];
  fflush(NULL);
  for (int i = 0; i < WORKERS; ++i) {
    workers[i] = fork();
    if (workers[i] == 0) _exit(worker(i, total / WORKERS));
  }
  for (int i = 0; i < WORKERS; ++i) {
    int status = -1;
    waitpid(workers[i], &status, 0);
    CHECK(status == 0, "worker %d: status %#x", i, (unsigned)status);
  }
  return check_end();
}
