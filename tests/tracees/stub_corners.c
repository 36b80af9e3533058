// SPDX-License-Identifier: GPL-2.0-or-later
// What a program can do to the fast path, or meet in it. Argument 1 says which;
// each must go as it does natively.
//   threads PATH   eight threads stat local paths from their first call on
//   unmap          unmaps, protects and overwrites every address below 2 GiB
//                  that the program did not map itself, then goes on
//   signals        handlers in the middle of path calls: no address of theirs
//                  lies outside of the program's files
//   cancel FIFO    pthread_cancel of a thread blocked in open: its cleanup runs
//   blocked        bad pointers with SIGSEGV handled: EFAULT and no signal
//   numbers        one syscall instruction, many calls
//   fork           a child of a program with patched sites, and its exec
//   core FIFO      dies of SIGABRT while it is blocked in open
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "check.h"

enum { ROUNDS = 2000 };

static void* stat_often(void* path) {
  struct stat info;
  for (int i = 0; i < ROUNDS; ++i) {
    CHECK(stat(path, &info) == 0, "stat: %m");
    CHECK(access(path, R_OK) == 0, "access: %m");
    CHECK(open("/nonexistent/file", O_RDONLY) < 0 && errno == ENOENT,
          "open of nothing: %m");
    char text[64];
    CHECK(readlink("/etc/passwd/x", text, sizeof text) < 0 && errno == ENOTDIR,
          "readlink below a file: %m");
  }
  return NULL;
}

static void threads(const char* path) {
  pthread_t all[8];
  for (int i = 0; i < 8; ++i)
    pthread_create(&all[i], NULL, stat_often, (void*)path);
  for (int i = 0; i < 8; ++i) pthread_join(all[i], NULL);
}

static void use_files(void) {
  struct stat info;
  for (int i = 0; i < 10; ++i) {
    CHECK(stat("/etc/passwd", &info) == 0, "stat: %m");
    int fd = open("/etc/passwd", O_RDONLY);
    CHECK(fd >= 0, "open: %m");
    close(fd);
    CHECK(access("/nonexistent", F_OK) < 0 && errno == ENOENT, "access: %m");
  }
}

/// Where the program's own files stand is not touched: only what has no file
/// and lies below 2 GiB, which natively is nothing at all (the heap of a
/// position-independent program is high up).
static void each_low_mapping(void (*what)(char*, size_t)) {
  char line[600];
  char found[32][2][20];
  int count = 0;
  FILE* maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long begin = 0;
    unsigned long end = 0;
    unsigned long inode = 0;
    sscanf(line, "%lx-%lx %*s %*x %*s %lu", &begin, &end, &inode);
    if (end > 0x80000000UL || inode != 0 || strchr(line, '[') || count == 32)
      continue;
    snprintf(found[count][0], 20, "%lx", begin);
    snprintf(found[count++][1], 20, "%lx", end);
  }
  fclose(maps);
  for (int i = 0; i < count; ++i) {
    char* begin = (char*)strtoul(found[i][0], NULL, 16);
    what(begin, (size_t)((char*)strtoul(found[i][1], NULL, 16) - begin));
  }
}

static void do_unmap(char* at, size_t size) { munmap(at, size); }

static void do_protect(char* at, size_t size) {
  mprotect(at, size, PROT_NONE);
}

static void do_overwrite(char* at, size_t size) {
  mmap(at, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void in_child(void (*what)(char*, size_t)) {
  pid_t child = fork();
  if (child == 0) {
    use_files();
    each_low_mapping(what);
    use_files();
    _exit(check_end());
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0, "a child that changed the low mappings: %x", status);
}

static void unmap(void) {
  use_files();
  in_child(do_unmap);
  in_child(do_protect);
  in_child(do_overwrite);
  use_files();
}

static volatile sig_atomic_t handled;
static volatile uintptr_t strange;

/// Addresses of the program and its libraries are high or in its own image.
static void look(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  const ucontext_t* at = context;
  const uintptr_t ip = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
  if (ip < 0x80000000UL) strange = ip;
  struct stat status;
  if (stat("/etc/passwd", &status) != 0) strange = 1;
  ++handled;
}

static void signals(void) {
  struct sigaction action = {.sa_sigaction = look,
                             .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval often = {{0, 300}, {0, 300}};
  setitimer(ITIMER_REAL, &often, NULL);
  while (handled < 2000) {
    use_files();
    char text[8];
    CHECK(readlink("/etc/mtab/", text, sizeof text) < 0, "readlink: %m");
  }
  const struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  CHECK(strange == 0, "a handler interrupted code at %lx", (long)strange);
}

static volatile int cleaned;

static void clean(void* unused) {
  (void)unused;
  cleaned = 1;
}

static void* block(void* path) {
  pthread_cleanup_push(clean, NULL);
  open(path, O_RDONLY);
  pthread_cleanup_pop(0);
  return NULL;
}

static void cancel(const char* fifo) {
  for (int i = 0; i < 20; ++i) {
    use_files();
    pthread_t thread;
    void* result = NULL;
    cleaned = 0;
    pthread_create(&thread, NULL, block, (void*)fifo);
    usleep(20000);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    CHECK(result == PTHREAD_CANCELED && cleaned, "round %d: cleaned %d", i,
          cleaned);
  }
}

static volatile sig_atomic_t faults;

static void on_fault(int signal) {
  (void)signal;
  ++faults;
  _exit(3);
}

static void blocked(void) {
  signal(SIGSEGV, on_fault);
  signal(SIGBUS, on_fault);
  use_files();
  struct stat info;
  char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  memset(page, 'x', 4096);
  const char* bad[] = {(char*)8, (char*)0xffff800000000000, page + 4090,
                       (char*)0x8000000000000000};
  for (int i = 0; i < 3; ++i)
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
      CHECK(stat(bad[k], &info) < 0 && errno == EFAULT, "stat %p: %m", bad[k]);
      CHECK(open(bad[k], O_RDONLY) < 0 && errno == EFAULT, "open %p: %m",
            bad[k]);
      CHECK(rename("/nonexistent", bad[k]) < 0 && errno == EFAULT,
            "rename to %p: %m", bad[k]);
    }
  CHECK(stat("/etc/passwd", (struct stat*)8) < 0 && errno == EFAULT,
        "stat into nowhere: %m");
  CHECK(faults == 0, "%d signals", faults);
}

static void numbers(void) {
  struct stat info;
  for (int i = 0; i < 200; ++i) {
    CHECK(syscall(SYS_stat, "/etc/passwd", &info) == 0, "stat: %m");
    CHECK(syscall(SYS_access, "/etc/passwd", R_OK) == 0, "access: %m");
    CHECK(syscall(SYS_getpid) == getpid(), "getpid");
    long fd = syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0, "openat: %m");
    CHECK(syscall(SYS_newfstatat, fd, "etc", &info, 0) == 0, "fstatat: %m");
    CHECK(syscall(SYS_rename, "/nonexistent", "/nonexistent2") < 0 &&
              errno == ENOENT,
          "rename: %m");
    syscall(SYS_close, fd);
  }
}

static void fork_and_exec(void) {
  use_files();
  for (int i = 0; i < 20; ++i) {
    pid_t child = i % 2 == 0 ? fork() : vfork();
    if (child == 0) {
      if (access("/etc/passwd", R_OK) != 0) _exit(9);
      execl("/bin/true", "true", NULL);
      _exit(8);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0, "child: %x", status);
    use_files();
  }
}

static void* abort_later(void* unused) {
  (void)unused;
  usleep(200000);
  kill(getpid(), SIGABRT);
  return NULL;
}

static void core(const char* fifo) {
  pthread_t thread;
  use_files();
  pthread_create(&thread, NULL, abort_later, NULL);
  open(fifo, O_RDONLY);
}

int main(int argc, char** argv) {
  const char* what = argument(argc, argv, 1, "what");
  if (strcmp(what, "threads") == 0)
    threads(argument(argc, argv, 2, "path"));
  else if (strcmp(what, "unmap") == 0)
    unmap();
  else if (strcmp(what, "signals") == 0)
    signals();
  else if (strcmp(what, "cancel") == 0)
    cancel(argument(argc, argv, 2, "fifo"));
  else if (strcmp(what, "blocked") == 0)
    blocked();
  else if (strcmp(what, "numbers") == 0)
    numbers();
  else if (strcmp(what, "fork") == 0)
    fork_and_exec();
  else if (strcmp(what, "core") == 0)
    core(argument(argc, argv, 2, "fifo"));
  return check_end();
}
