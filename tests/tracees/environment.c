// SPDX-License-Identifier: GPL-2.0-or-later
// Row 60: prints all that a program inherits, for a comparison of two runs:
// descriptors, limits, umask, environment, signals, affinity, priority, ids.
// No arguments.
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>

#include "check.h"

static void descriptors(void) {
  for (int fd = 0; fd < 1024; ++fd) {
    char name[64];
    char target[512];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = '\0';
    // Pipes have new numbers in each run.
    char* number = strchr(target, '[');
    if (number != NULL) *number = '\0';
    printf("fd %d: %s flags %o cloexec %d offset %ld\n", fd, target,
           fcntl(fd, F_GETFL), fcntl(fd, F_GETFD), lseek(fd, 0, SEEK_CUR));
  }
  DIR* dir = opendir("/proc/self/fd");
  int count = 0;
  while (dir != NULL && readdir(dir) != NULL) ++count;
  printf("entries of /proc/self/fd: %d\n", count);
  if (dir != NULL) closedir(dir);
}

static void limits(void) {
  for (int which = 0; which < RLIM_NLIMITS; ++which) {
    struct rlimit limit = {0, 0};
    getrlimit((__rlimit_resource_t)which, &limit);
    printf("limit %d: %lx %lx\n", which, limit.rlim_cur, limit.rlim_max);
  }
  mode_t mask = umask(0);
  umask(mask);
  printf("umask %o\n", mask);
  printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
  printf("scheduler %d\n", sched_getscheduler(0));
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) printf("cpu %d\n", i);
}

static void signals(void) {
  sigset_t mask;
  sigset_t pending;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  sigpending(&pending);
  for (int i = 1; i < NSIG; ++i) {
    struct sigaction action;
    if (sigaction(i, NULL, &action) != 0) continue;
    printf("signal %d: blocked %d pending %d %s flags %x\n", i,
           sigismember(&mask, i), sigismember(&pending, i),
           action.sa_handler == SIG_DFL   ? "default"
           : action.sa_handler == SIG_IGN ? "ignored"
                                          : "handled",
           (unsigned)action.sa_flags);
  }
}

static void process(void) {
  printf("uid %d %d gid %d %d\n", getuid(), geteuid(), getgid(), getegid());
  gid_t groups[256];
  int count = getgroups(256, groups);
  for (int i = 0; i < count; ++i) printf("group %d\n", groups[i]);
  printf("group leader: %d, of the session: %d\n", getpgrp() == getpid(),
         getsid(0) == getpid());
  printf("dumpable %d, death signal %d, subreaper %d\n",
         prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0, 0);
  printf("name %s\n", program_invocation_short_name);
  struct termios terminal;
  printf("terminal: %d %d %d, foreground %d\n", isatty(0), isatty(1), isatty(2),
         tcgetattr(0, &terminal) == 0 && tcgetpgrp(0) == getpgrp());
  char cwd[4096];
  printf("cwd %s\n", getcwd(cwd, sizeof cwd) != NULL ? cwd : "none");
  // PR_GET_PDEATHSIG, children and timers that somebody else started.
  int death = -1;
  prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
  int reaper = -1;
  prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0);
  printf("death signal %d subreaper %d timer slack %d thp %d\n", death, reaper,
         prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0),
         prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  char children[256] = "";
  long length = read_file(AT_FDCWD, "/proc/thread-self/children", children,
                          sizeof children);
  printf("children: %s\n", length > 0 ? "some" : "none");
}

/// What else of /proc/self/status should not change; TracerPid, Seccomp and,
/// for an ordinary user, NoNewPrivs are the lines that do.
static void status_lines(void) {
  const char* kept[] = {
      "Umask:",        "CapInh:",  "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:",
      "Cpus_allowed:", "Threads:", "SigIgn:", "SigBlk:", "SigCgt:", "ShdPnd:"};
  FILE* file = fopen("/proc/self/status", "re");
  char line[1024];
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    for (size_t i = 0; i < sizeof kept / sizeof *kept; ++i)
      if (strncmp(line, kept[i], strlen(kept[i])) == 0) fputs(line, stdout);
  if (file != NULL) fclose(file);
}

int main(int argc, char** argv) {
  (void)argc;
  descriptors();
  limits();
  signals();
  process();
  status_lines();
  for (char** at = argv; *at != NULL; ++at) printf("argument %s\n", *at);
  for (char** at = environ; *at != NULL; ++at) printf("variable %s\n", *at);
  return 0;
}
