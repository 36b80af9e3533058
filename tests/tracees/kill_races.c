// SPDX-License-Identifier: GPL-2.0-or-later
// Row 41: SIGKILL at every moment: to a process whose threads all use paths, to
// a group in the middle of execve, and exit_group under busy threads. The
// parent always gets the right status, and goes on working itself. Arguments:
// VIRTUAL_DIR LOCAL_DIR WORK_DIR [ROUNDS]; itself: --run.
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static const char* program;
static char* paths[2];

static void* busy(void* argument) {
  struct stat status;
  for (unsigned i = (unsigned)(uintptr_t)argument;; ++i)
    raw(SYS_stat, paths[i % 2], &status);
  return NULL;
}

static void threads_busy(int count) {
  pthread_t thread;
  for (int i = 0; i < count; ++i)
    pthread_create(&thread, NULL, busy, (void*)(uintptr_t)i);
}

/// Executes itself for ever, with threads busy each time.
static void exec_for_ever(void) {
  char* list[] = {(char*)program, paths[0], paths[1], "--run", NULL};
  threads_busy(3);
  raw(SYS_execve, program, list, environ);
  _exit(5);
}

static void nap(long microseconds) {
  const struct timespec time = {0, microseconds * 1000};
  nanosleep(&time, NULL);
}

int main(int argc, char** argv) {
  program = argv[0];
  if (argc == 4 && strcmp(argv[3], "--run") == 0) {
    paths[0] = argv[1];
    paths[1] = argv[2];
    exec_for_ever();
  }
  paths[0] = join(argument(argc, argv, 1, "virtual directory"), "f");
  paths[1] = join(argument(argc, argv, 2, "local directory"), "f");
  argument(argc, argv, 3, "work directory");
  int rounds = argc > 4 ? atoi(argv[4]) : 300;
  for (int round = 0; round < rounds; ++round) {
    pid_t child = fork();
    if (child == 0) {
      setpgid(0, 0);
      if (round % 3 == 1) exec_for_ever();
      threads_busy(6);
      if (round % 3 == 2) {
        nap(round % 17 * 100);
        _exit(9);
      }
      busy(NULL);
    }
    setpgid(child, child);
    nap((round * 37) % 2500);
    if (round % 3 != 2) kill(round % 2 == 0 ? child : -child, SIGKILL);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child, "round %d: waitpid: %m", round);
    if (round % 3 == 2)
      CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9,
            "round %d: status %#x", round, (unsigned)status);
    else
      CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
            "round %d: status %#x", round, (unsigned)status);
    CHECK(holds_name(AT_FDCWD, paths[round % 2], "f"), "round %d: %s", round,
          paths[round % 2]);
  }
  CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child more");
  return check_end();
}
