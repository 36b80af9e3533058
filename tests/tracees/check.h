// SPDX-License-Identifier: GPL-2.0-or-later
// What every tracee shares: raw system calls that give -errno, and checks that
// are counted and print what differs. A tracee ends with `return check_end();`:
// 0 when all checks held, 1 otherwise, and also when it made no check at all.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Numbers that the headers of Debian 12 do not have yet.
#define NR_openat2 437
#define NR_faccessat2 439
#define NR_fchmodat2 452
#define NR_setxattrat 463
#define NR_getxattrat 464
#define NR_listxattrat 465
#define NR_removexattrat 466
#define NR_file_getattr 468
#define NR_file_setattr 469

static atomic_int checks_made;
static atomic_int checks_failed;

/// One system call as the kernel sees it: no libc wrapper, no errno.
static inline long raw6(long number, long a, long b, long c, long d, long e,
                        long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                     "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#define RAW_ARGS(number, a, b, c, d, e, f, ...)                               \
  raw6((long)(number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), \
       (long)(f))
/// raw(number, up to six arguments of any integer or pointer type)
#define raw(...) RAW_ARGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

__attribute__((format(printf, 3, 4))) static inline bool check_note(
    bool held, int line, const char* format, ...) {
  atomic_fetch_add(&checks_made, 1);
  if (held) return true;
  // The first hundred say enough; a storm would flood the log.
  if (atomic_fetch_add(&checks_failed, 1) < 100) {
    char text[6000];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "FAIL line %d: %s\n", line, text);
  }
  return false;
}

/// CHECK(condition, "printf format that says what differs", …)
#define CHECK(condition, ...) check_note((condition), __LINE__, __VA_ARGS__)

static inline const char* error_text(long result) {
  if (result >= 0) return "success";
  const char* name = strerrorname_np((int)-result);
  return name != NULL ? name : "unknown error";
}

/// The result of a raw call: exactly `want` (a value, or -errno).
#define WANT(call, want)                                                       \
  do {                                                                         \
    long want_got = (call);                                                    \
    long want_value = (want);                                                  \
    check_note(want_got == want_value, __LINE__, "%s: %ld (%s), not %ld (%s)", \
               #call, want_got, error_text(want_got), want_value,              \
               error_text(want_value));                                        \
  } while (0)

/// The result of a raw call: zero or more.
#define WANT_OK(call)                                                       \
  do {                                                                      \
    long want_got = (call);                                                 \
    check_note(want_got >= 0, __LINE__, "%s: %ld (%s), not success", #call, \
               want_got, error_text(want_got));                             \
  } while (0)

static inline int check_end(void) {
  int made = atomic_load(&checks_made);
  int failed = atomic_load(&checks_failed);
  fprintf(stderr, "%d checks, %d failed\n", made, failed);
  return made == 0 || failed != 0;
}

/// Ends the tracee when what it stands on is missing: never a silent pass.
__attribute__((format(printf, 1, 2), noreturn)) static inline void give_up(
    const char* format, ...) {
  va_list list;
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fputc('\n', stderr);
  exit(1);
}

static inline const char* argument(int argc, char** argv, int index,
                                   const char* what) {
  if (index >= argc)
    give_up("%s: argument %d missing: %s", argv[0], index, what);
  return argv[index];
}

/// dir + "/" + name in memory that is never freed.
static inline char* join(const char* dir, const char* name) {
  char* path = NULL;
  if (asprintf(&path, "%s/%s", dir, name) < 0) give_up("out of memory");
  return path;
}

/// Both trees hold the same files; a virtual one lies below a root whose name
/// begins with /http. It is read-only when it really
/// is virtual. Natively a second local copy stands in for it.
static inline bool is_virtual(const char* path) {
  return strncmp(path, "/http", 5) == 0;
}

/// Whole of a small file, by raw calls; length or -errno.
static inline long read_file(int dirfd, const char* path, char* out,
                             size_t size) {
  long fd = raw(SYS_openat, dirfd, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  long total = 0;
  for (;;) {
    long got = raw(SYS_read, fd, out + total, size - 1 - (size_t)total);
    if (got < 0) total = got;
    if (got <= 0) break;
    total += got;
  }
  raw(SYS_close, fd);
  if (total >= 0) out[total] = '\0';
  return total;
}

/// What every sample file begins with: its own name below the tree.
static inline bool holds_name(int dirfd, const char* path, const char* name) {
  char text[4096];
  long length = read_file(dirfd, path, text, sizeof text);
  if (length < 0) return false;
  char wanted[512];
  snprintf(wanted, sizeof wanted, "this is %s\n", name);
  return strncmp(text, wanted, strlen(wanted)) == 0;
}
