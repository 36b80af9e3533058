// SPDX-License-Identifier: GPL-2.0-or-later
// Row 45: programs that filter their own system calls: their rules win, and
// nothing that the tracer does on their behalf gets them killed.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "check.h"

static const char* trees[2];

static long install(struct sock_filter* code, unsigned short length,
                    unsigned flags) {
  struct sock_fprog program = {length, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

#define LOAD(field)                  \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
           (uint32_t)offsetof(struct seccomp_data, field))
#define IS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define GIVE(action) BPF_STMT(BPF_RET | BPF_K, action)

/// One action for one system call.
static long rule(long number, uint32_t action, unsigned flags) {
  struct sock_filter code[] = {LOAD(nr), IS((uint32_t)number, 1), GIVE(action),
                               GIVE(SECCOMP_RET_ALLOW)};
  return install(code, 4, flags);
}

static void error_rule(void) {
  struct stat status;
  WANT(rule(SYS_openat, SECCOMP_RET_ERRNO | EPERM, 0), 0);
  for (int i = 0; i < 2; ++i) {
    WANT(raw(SYS_openat, AT_FDCWD, join(trees[i], "f"), O_RDONLY), -EPERM);
    WANT(raw(SYS_stat, join(trees[i], "f"), &status), 0);
    WANT_OK(raw(SYS_open, join(trees[i], "f"), O_RDONLY));
  }
}

/// As Chromium and OpenSSH do: no executable mappings from now on.
static void no_exec_mappings(void) {
  struct sock_filter code[] = {
      LOAD(nr),
      IS(SYS_mmap, 3),
      LOAD(args[2]),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      GIVE(SECCOMP_RET_KILL_PROCESS),
      GIVE(SECCOMP_RET_ALLOW)};
  WANT(install(code, 6, 0), 0);
  CHECK(holds_name(AT_FDCWD, join(trees[1], "f"), "f"), "local file");
  CHECK(holds_name(AT_FDCWD, join(trees[0], "f"), "f"), "virtual file");
}

/// Nothing but what this test itself calls.
static void strict(void) {
  struct sock_filter code[] = {
      LOAD(nr),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      GIVE(SECCOMP_RET_KILL_PROCESS),
      GIVE(SECCOMP_RET_ALLOW)};
  char* paths[2] = {join(trees[1], "f"), join(trees[0], "f")};
  WANT(install(code, 8, 0), 0);
  for (int i = 0; i < 2; ++i)
    CHECK(holds_name(AT_FDCWD, paths[i], "f"), "%s", paths[i]);
}

static volatile long trapped = -1;

static void on_sys(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  trapped = info->si_syscall;
}

static void trap_rule(void) {
  struct sigaction action = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO};
  struct stat status;
  sigaction(SIGSYS, &action, NULL);
  WANT(rule(SYS_lstat, SECCOMP_RET_TRAP, 0), 0);
  for (int i = 0; i < 2; ++i) {
    trapped = -1;
    raw(SYS_lstat, join(trees[i], "f"), &status);
    CHECK(trapped == SYS_lstat, "SIGSYS for %ld", trapped);
    WANT(raw(SYS_stat, join(trees[i], "f"), &status), 0);
  }
}

/// A listener of the program's own, answered by a child.
static void listener(void) {
  struct stat status;
  char* paths[2] = {join(trees[0], "f"), join(trees[1], "f")};
  CHECK(holds_name(AT_FDCWD, paths[0], "f"), "%s", paths[0]);
  long fd =
      rule(SYS_lstat, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
  WANT_OK(fd);
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 4; ++i) {
      struct seccomp_notif ask;
      struct seccomp_notif_resp answer;
      memset(&ask, 0, sizeof ask);
      memset(&answer, 0, sizeof answer);
      if (ioctl((int)fd, SECCOMP_IOCTL_NOTIF_RECV, &ask) != 0) _exit(1);
      if (ask.data.nr != SYS_lstat || ask.pid != (uint32_t)self) _exit(2);
      answer.id = ask.id;
      answer.error = i % 2 == 0 ? -EDOM : 0;
      answer.flags = i % 2 == 0 ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      if (ioctl((int)fd, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) _exit(3);
    }
    _exit(0);
  }
  for (int i = 0; i < 2; ++i) {
    WANT(raw(SYS_lstat, paths[i], &status), -EDOM);
    // "Continue" lets the call go on as it is, past every other filter.
    long got = raw(SYS_lstat, paths[i], &status);
    CHECK(got == 0 || (i == 0 && got == -ENOENT), "%s: %s", paths[i],
          error_text(got));
  }
  int how = -1;
  waitpid(child, &how, 0);
  CHECK(how == 0, "listener ended with %#x", (unsigned)how);
}

static void in_child(const char* name, void (*test)(void)) {
  pid_t child = fork();
  if (child == 0) {
    atomic_store(&checks_failed, 0);
    test();
    // No stdio: a strict filter allows little.
    raw(SYS_exit_group, atomic_load(&checks_failed) != 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0, "%s: status %#x", name, (unsigned)status);
}

int main(int argc, char** argv) {
  trees[0] = argument(argc, argv, 1, "virtual directory");
  trees[1] = argument(argc, argv, 2, "local directory");
  in_child("openat gives EPERM", error_rule);
  in_child("no executable mappings", no_exec_mappings);
  in_child("strict", strict);
  in_child("SIGSYS for lstat", trap_rule);
  in_child("listener", listener);
  return check_end();
}
