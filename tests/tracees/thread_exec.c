// SPDX-License-Identifier: GPL-2.0-or-later
// Row 33: execve by a thread that is not the leader, with ten siblings busy on
// paths, again and again. Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR COUNT; the
// program is started anew by its own name in LOCAL_DIR and VIRTUAL_DIR in turn
// (bin/thread_exec). Exit status 42 after the last.
#include <pthread.h>

#include "check.h"

enum { SIBLINGS = 10 };

static char** arguments;
static pthread_barrier_t start;

static void* sibling(void* number) {
  char* paths[2] = {join(arguments[1], "f"), join(arguments[2], "dir/g")};
  struct stat status;
  pthread_barrier_wait(&start);
  for (unsigned i = (unsigned)(uintptr_t)number;; ++i)
    raw(SYS_stat, paths[i % 2], &status);
  return NULL;
}

static void* executer(void* count) {
  long left = (long)(intptr_t)count;
  char number[32];
  char pid[32];
  snprintf(number, sizeof number, "%ld", left - 1);
  snprintf(pid, sizeof pid, "%d", getpid());
  char* path = join(arguments[left % 2 == 0 ? 1 : 2], "bin/thread_exec");
  char* list[] = {arguments[0], arguments[1], arguments[2], arguments[3],
                  number,       pid,          NULL};
  pthread_barrier_wait(&start);
  long got = raw(SYS_execve, path, list, environ);
  fprintf(stderr, "%ld left: execve %s: %s\n", left, path, error_text(got));
  _exit(3);
}

int main(int argc, char** argv) {
  arguments = argv;
  long left = atol(argument(argc, argv, 4, "count"));
  if (argc > 5 && atoi(argv[5]) != getpid())
    give_up("%ld left: pid %d, was %s", left, getpid(), argv[5]);
  if (left <= 0) return 42;
  pthread_barrier_init(&start, NULL, SIBLINGS + 1);
  pthread_t thread;
  for (uintptr_t i = 0; i < SIBLINGS; ++i)
    if (pthread_create(&thread, NULL, sibling, (void*)i) != 0) return 4;
  if (pthread_create(&thread, NULL, executer, (void*)left) != 0) return 4;
  for (;;) pause();
}
