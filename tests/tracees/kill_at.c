// SPDX-License-Identifier: GPL-2.0-or-later
// Row 41: a library for LD_PRELOAD. The KILL_AT-th time that vfsrun's tracer is
// about to touch a traced thread (ptrace(2), process_vm_readv(2) or
// process_vm_writev(2)), that thread's process gets SIGKILL first. At the end
// the file KILL_COUNT holds how many times there were.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static int count;

static void touch(pid_t tid) {
  const char* at = getenv("KILL_AT");
  const char* file = getenv("KILL_COUNT");
  if (at == NULL || file == NULL || tid <= 0) return;
  ++count;
  int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd >= 0) {
    dprintf(fd, "%d\n", count);
    close(fd);
  }
  if (count == atoi(at)) kill(tid, SIGKILL);
}

long ptrace(int request, ...) {
  va_list list;
  va_start(list, request);
  pid_t tid = va_arg(list, pid_t);
  void* address = va_arg(list, void*);
  void* data = va_arg(list, void*);
  va_end(list);
  touch(tid);
  long (*next)(int, pid_t, void*, void*) = dlsym(RTLD_NEXT, "ptrace");
  return next(request, tid, address, data);
}

ssize_t process_vm_readv(pid_t tid, const struct iovec* ours, unsigned long n,
                         const struct iovec* theirs, unsigned long m,
                         unsigned long flags) {
  touch(tid);
  ssize_t (*next)(pid_t, const struct iovec*, unsigned long,
                  const struct iovec*, unsigned long, unsigned long) =
      dlsym(RTLD_NEXT, "process_vm_readv");
  return next(tid, ours, n, theirs, m, flags);
}

ssize_t process_vm_writev(pid_t tid, const struct iovec* ours, unsigned long n,
                          const struct iovec* theirs, unsigned long m,
                          unsigned long flags) {
  touch(tid);
  ssize_t (*next)(pid_t, const struct iovec*, unsigned long,
                  const struct iovec*, unsigned long, unsigned long) =
      dlsym(RTLD_NEXT, "process_vm_writev");
  return next(tid, ours, n, theirs, m, flags);
}
