// SPDX-License-Identifier: GPL-2.0-or-later
// Row 39: what a parent learns of its child: stopped, continued, ended, dumped;
// and signals that look like a tracer's own (SIGTRAP, SIGSTOP, int3).
// No arguments.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static volatile sig_atomic_t traps;
static volatile sig_atomic_t trap_code;
static volatile sig_atomic_t conts;
static volatile sig_atomic_t reports;

static void on_trap(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  ++traps;
  trap_code = info->si_code;
}

static void on_cont(int number) {
  (void)number;
  ++conts;
}

static void on_child(int number) {
  (void)number;
  ++reports;
}

static int next_status(pid_t child, int options) {
  int status = -1;
  pid_t got = waitpid(child, &status, options);
  CHECK(got == child, "waitpid gave %d (%m)", got);
  return status;
}

static void stop_and_continue(int stop_signal) {
  // Handler and mask are there before the child is; SIGCONT continues a process
  // also where it is blocked.
  sigset_t block;
  sigset_t old;
  sigemptyset(&block);
  sigaddset(&block, SIGCONT);
  sigprocmask(SIG_BLOCK, &block, &old);
  signal(SIGCONT, on_cont);
  conts = 0;
  pid_t child = fork();
  // In an orphaned group (a test's session) the tty's signals stop nobody.
  setpgid(child, child);
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    while (conts == 0) sigsuspend(&none);
    _exit(17);
  }
  signal(SIGCONT, SIG_DFL);
  sigprocmask(SIG_SETMASK, &old, NULL);
  kill(child, stop_signal);
  int status = next_status(child, WUNTRACED | WCONTINUED);
  CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == stop_signal,
        "signal %d: status %#x", stop_signal, (unsigned)status);
  // Asked once, told once.
  CHECK(waitpid(child, &status, WUNTRACED | WCONTINUED | WNOHANG) == 0,
        "told twice: %#x", (unsigned)status);
  kill(child, SIGCONT);
  status = next_status(child, WUNTRACED | WCONTINUED);
  // It may end at once: then there is no "continued" any more.
  if (WIFCONTINUED(status)) status = next_status(child, WUNTRACED | WCONTINUED);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 17,
        "after SIGCONT: status %#x", (unsigned)status);
}

/// A stopped process does nothing, path calls included.
static void stopped_stands(void) {
  int words[2];
  if (pipe2(words, O_NONBLOCK) != 0) give_up("no pipe");
  pid_t child = fork();
  if (child == 0) {
    struct stat status;
    for (;;) {
      stat("/usr/bin", &status);
      if (write(words[1], "x", 1) < 0 && errno != EAGAIN) _exit(1);
    }
  }
  for (int round = 0; round < 20; ++round) {
    kill(child, SIGSTOP);
    int status = next_status(child, WUNTRACED);
    CHECK(WIFSTOPPED(status), "round %d: status %#x", round, (unsigned)status);
    char drain[65536];
    while (read(words[0], drain, sizeof drain) > 0) continue;
    const struct timespec time = {0, 5 * 1000 * 1000};
    nanosleep(&time, NULL);
    CHECK(read(words[0], drain, sizeof drain) < 0, "it ran while stopped");
    kill(child, SIGCONT);
    status = next_status(child, WCONTINUED);
    CHECK(WIFCONTINUED(status), "round %d: status %#x", round,
          (unsigned)status);
  }
  kill(child, SIGSTOP);
  int status = next_status(child, WUNTRACED);
  kill(child, SIGKILL);
  status = next_status(child, WUNTRACED);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
        "killed while stopped: %#x", (unsigned)status);
  close(words[0]);
  close(words[1]);
}

static void ends(void) {
  for (int code = 0; code < 256; ++code) {
    pid_t child = fork();
    if (child == 0) _exit(code);
    int status = next_status(child, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code, "exit %d: %#x",
          code, (unsigned)status);
  }
  const int signals[] = {SIGTERM, SIGKILL, SIGSEGV,  SIGTRAP, SIGABRT, SIGHUP,
                         SIGINT,  SIGQUIT, SIGPIPE,  SIGALRM, SIGUSR1, SIGBUS,
                         SIGSYS,  SIGXCPU, SIGRTMIN, SIGRTMAX};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i) {
    pid_t child = fork();
    if (child == 0) {
      raise(signals[i]);
      _exit(0);
    }
    int status = next_status(child, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i],
          "signal %d: %#x", signals[i], (unsigned)status);
  }
}

static void traps_are_the_programs(void) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  raise(SIGTRAP);
  CHECK(traps == 1 && trap_code == SI_TKILL, "raised SIGTRAP: %d, code %d",
        traps, trap_code);
  __asm__ volatile("int3");
  CHECK(traps == 2 && trap_code == SI_KERNEL, "int3: %d, code %d", traps,
        trap_code);
  __asm__ volatile(
      "pushfq\n orq $0x100, (%%rsp)\n popfq\n nop\n"
      "pushfq\n andq $~0x100, (%%rsp)\n popfq\n" ::
          : "memory", "cc");
  CHECK(traps > 2 && trap_code == TRAP_TRACE, "trap flag: %d, code %d", traps,
        trap_code);
  const int before = traps;
  union sigval value = {.sival_int = 5};
  sigqueue(getpid(), SIGTRAP, value);
  CHECK(traps == before + 1 && trap_code == SI_QUEUE, "queued: code %d",
        trap_code);
  signal(SIGTRAP, SIG_DFL);
}

static void sigchld_counts(void) {
  struct sigaction action = {.sa_handler = on_child};
  sigaction(SIGCHLD, &action, NULL);
  sigset_t block;
  sigset_t old;
  sigemptyset(&block);
  sigaddset(&block, SIGCHLD);
  sigprocmask(SIG_BLOCK, &block, &old);
  reports = 0;
  int may_end[2];  // else its end could be there before "continued" is asked
                   // for
  CHECK(pipe(may_end) == 0, "pipe: %m");
  pid_t child = fork();
  if (child == 0) {
    struct stat status;
    char byte;
    for (int i = 0; i < 100; ++i) stat("/usr", &status);
    raise(SIGSTOP);
    _exit(read(may_end[0], &byte, 1) == 1 ? 0 : 1);
  }
  const int wanted[] = {CLD_STOPPED, CLD_CONTINUED, CLD_EXITED};
  for (int i = 0; i < 3; ++i) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    const struct timespec limit = {20, 0};
    int got = sigtimedwait(&block, &info, &limit);
    CHECK(got == SIGCHLD && info.si_pid == child && info.si_code == wanted[i],
          "SIGCHLD %d: code %d from %d", i, info.si_code, info.si_pid);
    int status = next_status(child, WUNTRACED | WCONTINUED);
    if (i == 0) kill(child, SIGCONT);
    if (i == 1) {
      CHECK(WIFCONTINUED(status), "status %#x", (unsigned)status);
      CHECK(write(may_end[1], "x", 1) == 1, "write: %m");
    }
  }
  close(may_end[0]);
  close(may_end[1]);
  sigprocmask(SIG_SETMASK, &old, NULL);
  CHECK(reports == 0, "%d SIGCHLD more", reports);
  signal(SIGCHLD, SIG_DFL);
}

int main(void) {
  stop_and_continue(SIGSTOP);
  stop_and_continue(SIGTSTP);
  stop_and_continue(SIGTTIN);
  stop_and_continue(SIGTTOU);
  stopped_stands();
  ends();
  traps_are_the_programs();
  sigchld_counts();
  return check_end();
}
