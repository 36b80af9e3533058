// SPDX-License-Identifier: GPL-2.0-or-later
// Row 40: SIGALRM every millisecond, with and without SA_RESTART, while paths
// are used in a loop and by the handler itself: no call is broken off, none
// sees another's path. Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR [MILLISECONDS]
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"

static char* handler_paths[2];
static struct stat handler_wants[2];
static volatile sig_atomic_t alarms;
static volatile sig_atomic_t handler_errors;

static void on_alarm(int number) {
  (void)number;
  struct stat status;
  const int which = alarms++ % 2;
  if (raw(SYS_stat, handler_paths[which], &status) != 0 ||
      status.st_ino != handler_wants[which].st_ino ||
      status.st_size != handler_wants[which].st_size)
    ++handler_errors;
}

static void loop(const char* tree, int flags, long milliseconds) {
  const char* names[] = {"f", "dir/g", "dir/sub/h"};
  char* paths[3];
  struct stat wants[3];
  for (int i = 0; i < 3; ++i) {
    paths[i] = join(tree, names[i]);
    if (stat(paths[i], &wants[i]) != 0) give_up("stat %s: %m", paths[i]);
  }
  char* gone = join(tree, "gone");
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  alarms = handler_errors = 0;
  const struct itimerval each = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &each, NULL);
  struct timespec start;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  long rounds = 0;
  do {
    struct stat status;
    char buffer[4096];
    const int which = (int)(rounds % 3);
    WANT(raw(SYS_stat, paths[which], &status), 0);
    CHECK(status.st_ino == wants[which].st_ino, "%s: another file",
          paths[which]);
    long fd = raw(SYS_openat, AT_FDCWD, paths[which], O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0, "open %s: %s", paths[which], error_text(fd));
    if (fd >= 0) {
      WANT(raw(SYS_fstat, fd, &status), 0);
      CHECK(status.st_ino == wants[which].st_ino, "%s: another file opened",
            paths[which]);
      raw(SYS_close, fd);
    }
    WANT(raw(SYS_access, gone, F_OK), -ENOENT);
    WANT(raw(SYS_rename, gone, gone) < 0, 1);
    WANT_OK(raw(SYS_getcwd, buffer, sizeof buffer));
    WANT_OK(raw(SYS_readlink, "/proc/self/cwd", buffer, sizeof buffer));
    ++rounds;
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000 +
               (now.tv_nsec - start.tv_nsec) / 1000000 <
           milliseconds);
  const struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  CHECK(alarms > 0, "no alarm in %ld rounds", rounds);
  CHECK(handler_errors == 0, "%d of %d handler runs went wrong", handler_errors,
        alarms);
}

int main(int argc, char** argv) {
  const char* trees[2] = {argument(argc, argv, 1, "virtual directory"),
                          argument(argc, argv, 2, "local directory")};
  long milliseconds = argc > 4 ? atol(argv[4]) : 1500;
  for (int i = 0; i < 2; ++i) {
    handler_paths[i] = join(trees[i], "dir/g");
    if (stat(handler_paths[i], &handler_wants[i]) != 0)
      give_up("stat %s: %m", handler_paths[i]);
  }
  for (int i = 0; i < 2; ++i) {
    loop(trees[i], 0, milliseconds);
    loop(trees[i], SA_RESTART, milliseconds);
    loop(trees[i], SA_RESTART | SA_NODEFER, milliseconds);
  }
  return check_end();
}
