// SPDX-License-Identifier: GPL-2.0-or-later
// Row 52: arguments of path calls that lie in mapped pages which a server never
// sends. Who uses them waits, as natively; nobody else does, and SIGKILL ends
// the wait. Arguments: STALLED_FILE OFFSET VIRTUAL_DIR LOCAL_DIR [SCENARIO];
// the bytes of STALLED_FILE from OFFSET (a multiple of 4096) on never come.
#include <linux/openat2.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

enum { SCENARIOS = 12 };

static char* virtual_dir;
static char* local_dir;
static char* mapped;
static long offset;

/// Ends only if the call does, which it must not.
static long stuck_call(int scenario) {
  char* bad = mapped + offset + (long)scenario * 8192;
  char* list[] = {"x", NULL};
  switch (scenario) {
    case 0:
      return raw(SYS_open, bad, O_RDONLY);
    case 1:
      return raw(SYS_newfstatat, AT_FDCWD, bad, list, 0);
    case 2:
      return raw(SYS_rename, join(local_dir, "f"), bad);
    case 3:
      return raw(SYS_rename, bad, join(virtual_dir, "f"));
    case 4:
      return raw(SYS_execve, bad, list, environ);
    case 5:
      return raw(SYS_execve, "/bin/true", bad, environ);
    case 6:
      raw(SYS_chdir, join(virtual_dir, "dir"));
      return raw(SYS_getcwd, bad, 4096);
    case 7:
      raw(SYS_chdir, join(virtual_dir, "dir"));
      return raw(SYS_readlink, "/proc/self/cwd", bad, 4096);
    case 8:
      return raw(NR_openat2, AT_FDCWD, join(virtual_dir, "f"), bad,
                 sizeof(struct open_how));
    case 9:
      return raw(SYS_symlink, bad, join(virtual_dir, "new"));
    case 10:
      return raw(SYS_stat, join(virtual_dir, "f"), bad);
    default:
      // From a page that is there into the one that is not.
      if (*(volatile char*)(mapped + offset - 1) == '\0') return 0;
      return raw(SYS_open, mapped + offset - 1, O_RDONLY);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void local_work(void) {
  char* file = join(local_dir, "f");
  struct stat status;
  double slowest = 0;
  for (int i = 0; i < 3000; ++i) {
    double start = now();
    WANT(raw(SYS_stat, file, &status), 0);
    if (i % 10 == 0) CHECK(holds_name(AT_FDCWD, file, "f"), "%s", file);
    if (i % 100 == 0) {
      pid_t child = fork();
      if (child == 0) {
        execl("/bin/true", "true", NULL);
        _exit(1);
      }
      int how = -1;
      waitpid(child, &how, 0);
      CHECK(how == 0, "true: %#x", (unsigned)how);
    }
    double passed = now() - start;
    if (passed > slowest) slowest = passed;
  }
  fprintf(stderr, "slowest of 3000 local rounds: %.1f ms\n", slowest);
  CHECK(slowest < 500, "somebody else's wait delayed us");
}

int main(int argc, char** argv) {
  const char* file = argument(argc, argv, 1, "stalled file");
  offset = atol(argument(argc, argv, 2, "offset"));
  virtual_dir = argv[3];
  local_dir = (char*)argument(argc, argv, 4, "local directory");
  const bool stalls = is_virtual(file);
  const int only = argc > 5 ? atoi(argv[5]) : -1;
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) give_up("open %s: %m", file);
  mapped = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE,
                MAP_PRIVATE, fd, 0);
  if (mapped == MAP_FAILED) give_up("mmap %s: %m", file);
  madvise(mapped, (size_t)status.st_size, MADV_RANDOM);
  int ready[2];
  if (pipe(ready) != 0) give_up("no pipe");
  pid_t children[SCENARIOS];
  for (int i = 0; i < SCENARIOS; ++i) {
    children[i] = only < 0 || i == only ? fork() : -1;
    if (children[i] != 0) continue;
    if (write(ready[1], "x", 1) != 1) _exit(99);
    long got = stuck_call(i);
    if (stalls)
      fprintf(stderr, "scenario %d: %ld (%s)\n", i, got, error_text(got));
    _exit(98);
  }
  char byte = 0;
  for (int i = 0; i < SCENARIOS; ++i)
    if (children[i] > 0)
      CHECK(read(ready[0], &byte, 1) == 1, "child did not start");
  const struct timespec moment = {0, 200 * 1000 * 1000};
  nanosleep(&moment, NULL);
  local_work();
  for (int i = 0; i < SCENARIOS; ++i) {
    if (children[i] < 0) continue;
    int how = 0;
    pid_t got = waitpid(children[i], &how, WNOHANG);
    CHECK(!stalls || got == 0, "scenario %d did not wait: %#x", i,
          (unsigned)how);
    if (got != 0) continue;
    double start = now();
    kill(children[i], SIGKILL);
    CHECK(waitpid(children[i], &how, 0) == children[i], "waitpid: %m");
    CHECK(!stalls || (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL),
          "scenario %d: %#x", i, (unsigned)how);
    CHECK(now() - start < 5000, "scenario %d: SIGKILL took %.0f ms", i,
          now() - start);
  }
  CHECK(holds_name(AT_FDCWD, join(local_dir, "f"), "f"), "afterwards");
  CHECK(holds_name(AT_FDCWD, join(virtual_dir, "f"), "f"), "afterwards");
  return check_end();
}
