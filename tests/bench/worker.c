// SPDX-License-Identifier: GPL-2.0-or-later
// Measures calls and programs from the inside of whatever it was started in.
// Reads lines from stdin, fields parted by tabs, and answers each with the
// nanoseconds it took, or "failed":
//   stat N PATH      N times stat(2)
//   open N PATH      N times open(2) and close(2)
//   read N PATH      N times pread(2) of one byte of the open file
//   write N PATH     N times pwrite(2) of one byte to a file made there
//   fstat N PATH     N times fstat(3) of the open file
//   getppid N PATH   N times getppid(2)
//   threads N PATH   eight threads, N times stat(2) each
//   idle N PATH      stat N times beside 1,000 threads that wait
//   spawn N PATH     N times posix_spawn(3) of PATH and waitpid(2)
//   run N WORDS...   N times the program WORDS, output to /dev/null
//   slowest N PATH   N times stat(2); the slowest one's time
//   p99 N PATH       N times stat, open, read of 4 KiB, close; the time that
//                    one in a hundred takes longer than
//   filter 1 -       0; from now on under a seccomp filter that allows all
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

enum { max_words = 64, line_size = 65536 };

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int run(char** words) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  int status = -1;
  const int error =
      posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int once(const char* what, char** words, int fd) {
  struct stat info;
  char byte;
  if (strcmp(what, "stat") == 0) return stat(words[0], &info);
  if (strcmp(what, "open") == 0) {
    const int opened = open(words[0], O_RDONLY);
    return opened < 0 ? -1 : close(opened);
  }
  if (strcmp(what, "read") == 0) return pread(fd, &byte, 1, 0) == 1 ? 0 : -1;
  if (strcmp(what, "write") == 0) return pwrite(fd, "x", 1, 0) == 1 ? 0 : -1;
  if (strcmp(what, "fstat") == 0) return fstat(fd, &info);
  if (strcmp(what, "getppid") == 0) return getppid() > 0 ? 0 : -1;
  return run(words);
}

struct stats {
  long count;
  const char* path;
};

static void* stat_often(void* argument) {
  const struct stats* job = argument;
  struct stat info;
  for (long i = 0; i < job->count; ++i)
    if (stat(job->path, &info) != 0) return argument;
  return NULL;
}

static int threads(long count, const char* path) {
  enum { many = 8 };

  pthread_t all[many];
  struct stats job = {count, path};
  int result = 0;
  for (int i = 0; i < many; ++i)
    if (pthread_create(&all[i], NULL, stat_often, &job) != 0) return -1;
  for (int i = 0; i < many; ++i) {
    void* failed = NULL;
    pthread_join(all[i], &failed);
    if (failed != NULL) result = -1;
  }
  return result;
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void* wait_for_it(void* unused) {
  pthread_mutex_lock(&held);
  pthread_mutex_unlock(&held);
  return unused;
}

static long long beside_idle_ones(long count, const char* path) {
  enum { many = 1000, stack = 65536 };

  pthread_t all[many];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack);
  pthread_mutex_lock(&held);
  int made = 0;
  while (made < many &&
         pthread_create(&all[made], &attributes, wait_for_it, NULL) == 0)
    ++made;
  struct stats job = {count, path};
  const long long start = now();
  const int failed = stat_often(&job) != NULL || made < many;
  const long long taken = now() - start;
  pthread_mutex_unlock(&held);
  while (made > 0) pthread_join(all[--made], NULL);
  pthread_attr_destroy(&attributes);
  return failed ? -1 : taken;
}

static int open_for(const char* what, const char* path) {
  if (strcmp(what, "write") == 0) return open(path, O_RDWR | O_CREAT, 0600);
  const int reads = strcmp(what, "read") == 0 || strcmp(what, "fstat") == 0;
  return reads ? open(path, O_RDONLY) : -1;
}

static long long slowest(long count, const char* path) {
  struct stat info;
  long long worst = 0;
  for (long i = 0; i < count; ++i) {
    const long long start = now();
    if (stat(path, &info) != 0) return -1;
    const long long taken = now() - start;
    if (taken > worst) worst = taken;
  }
  return worst;
}

static int compare(const void* left, const void* right) {
  const long long a = *(const long long*)left;
  const long long b = *(const long long*)right;
  return (a > b) - (a < b);
}

static int read_once(const char* path) {
  struct stat info;
  char bytes[4096];
  if (stat(path, &info) != 0) return -1;
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  const ssize_t got = read(fd, bytes, sizeof bytes);
  close(fd);
  return got > 0 ? 0 : -1;
}

static long long ninety_ninth(long count, const char* path) {
  long long* times = calloc((size_t)count, sizeof *times);
  long long result = -1;
  long done = 0;
  for (; times != NULL && done < count; ++done) {
    const long long start = now();
    if (read_once(path) != 0) break;
    times[done] = now() - start;
  }
  if (times != NULL && done == count) {
    qsort(times, (size_t)count, sizeof *times, compare);
    result = times[count * 99 / 100];
  }
  free(times);
  return result;
}

/// What any filter costs, whatever is in it: the kernel's slower way into
/// each call (seccomp(2)). SPEC_ALLOW as vfsrun's own.
static int filter_all(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {1, &allow};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

static long long measure(const char* what, long count, char** words) {
  if (strcmp(what, "slowest") == 0) return slowest(count, words[0]);
  if (strcmp(what, "idle") == 0) return beside_idle_ones(count, words[0]);
  if (strcmp(what, "p99") == 0) return ninety_ninth(count, words[0]);
  if (strcmp(what, "filter") == 0) return filter_all();
  const int fd = open_for(what, words[0]);
  const long long start = now();
  int result = 0;
  if (strcmp(what, "threads") == 0) {
    result = threads(count, words[0]);
    return result == 0 ? now() - start : -1;
  }
  for (long i = 0; i < count && result == 0; ++i)
    result = once(what, words, fd);
  const long long taken = now() - start;
  if (fd >= 0) close(fd);
  return result == 0 ? taken : -1;
}

int main(void) {
  static char line[line_size];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    char* words[max_words + 1] = {0};
    int count = 0;
    char* rest = line;
    while (count < max_words && (words[count] = strsep(&rest, "\t"))) ++count;
    const long long taken =
        count < 3 ? -1 : measure(words[0], atol(words[1]), words + 2);
    if (taken < 0)
      printf("failed\n");
    else
      printf("%lld\n", taken);
    fflush(stdout);
  }
  return 0;
}
