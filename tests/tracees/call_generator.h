// SPDX-License-Identifier: GPL-2.0-or-later
// The generator of the differential test: the table of calls, and arguments for
// them made of a pseudo-random sequence. Prints each argument as it makes it.
#pragma once

#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/time.h>

#include "check.h"

enum { BUFFER = 4096, DIRS = 6 };

static uint64_t state;
static char base[1024];
static int dirs[DIRS];
static char* edge;  // end of a page; a hole follows

static uint32_t any(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)((state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

#define PICK(list) (list)[any((uint32_t)(sizeof(list) / sizeof *(list)))]

// One letter an argument: p path, d directory, t text of a link, b buffer of
// n bytes, s stat, x statx, f statfs, and flags or numbers from the lists
// below.
struct op {
  const char* name;
  long number;
  const char* arguments;
};

static const struct op ops[] = {
    {"open", SYS_open, "pom"},
    {"openat", SYS_openat, "dpom"},
    {"openat", SYS_openat, "dpom"},
    {"openat2", NR_openat2, "dphH"},
    {"creat", SYS_creat, "pm"},
    {"stat", SYS_stat, "ps"},
    {"lstat", SYS_lstat, "ps"},
    {"newfstatat", SYS_newfstatat, "dpsA"},
    {"statx", SYS_statx, "dpAMx"},
    {"access", SYS_access, "pa"},
    {"faccessat", SYS_faccessat, "dpa"},
    {"faccessat2", NR_faccessat2, "dpaA"},
    {"readlink", SYS_readlink, "pbn"},
    {"readlinkat", SYS_readlinkat, "dpbn"},
    {"getcwd", SYS_getcwd, "bn"},
    {"chdir", SYS_chdir, "p"},
    {"execve", SYS_execve, "pee"},
    {"execveat", SYS_execveat, "dpeeA"},
    {"mkdir", SYS_mkdir, "pm"},
    {"mkdirat", SYS_mkdirat, "dpm"},
    {"mkdirat", SYS_mkdirat, "dpm"},
    {"rmdir", SYS_rmdir, "p"},
    {"unlink", SYS_unlink, "p"},
    {"unlinkat", SYS_unlinkat, "dpR"},
    {"rename", SYS_rename, "pp"},
    {"renameat", SYS_renameat, "dpdp"},
    {"renameat2", SYS_renameat2, "dpdpr"},
    {"link", SYS_link, "pp"},
    {"linkat", SYS_linkat, "dpdpA"},
    {"symlink", SYS_symlink, "tp"},
    {"symlinkat", SYS_symlinkat, "tdp"},
    {"chmod", SYS_chmod, "pm"},
    {"fchmodat", SYS_fchmodat, "dpm"},
    {"fchmodat2", NR_fchmodat2, "dpmA"},
    {"chown", SYS_chown, "puu"},
    {"lchown", SYS_lchown, "puu"},
    {"fchownat", SYS_fchownat, "dpuuA"},
    {"utime", SYS_utime, "pT"},
    {"utimes", SYS_utimes, "pT"},
    {"utimensat", SYS_utimensat, "dpTA"},
    {"futimesat", SYS_futimesat, "dpT"},
    {"truncate", SYS_truncate, "pl"},
    {"statfs", SYS_statfs, "pf"},
    {"setxattr", SYS_setxattr, "pvtz0"},
    {"getxattr", SYS_getxattr, "pvbn"},
    {"lgetxattr", SYS_lgetxattr, "pvbn"},
    {"listxattr", SYS_listxattr, "pbn"},
    {"llistxattr", SYS_llistxattr, "pbn"},
    {"removexattr", SYS_removexattr, "pv"},
    {"mknod", SYS_mknod, "pk0"},
    {"mknodat", SYS_mknodat, "dpk0"},
};

/// The names that components are made of; no climbing by more than a few.
static size_t component(char* out, int* ups) {
  static const char* const names[] = {
      "a",   "b", "c", "d",    "e",     "a",        "b",          "c",
      "x y", ".", "a", "http", "httpx", "\xff\xfe", "...",        "..a",
      "d",   "e", "b", ".",    "c",     "new\n",    "caf\xc3\xa9"};
  switch (any(40)) {
    case 0:
      memset(out, 'L', 255);
      return 255;
    case 1:
      memset(out, 'M', 256);
      return 256;
    case 2:
    case 3:
    case 4:
      if (*ups >= 2) break;
      ++*ups;
      memcpy(out, "..", 2);
      return 2;
    default:
      break;
  }
  const char* name = PICK(names);
  memcpy(out, name, strlen(name));
  return strlen(name);
}

static void make_path(char* out, size_t room, bool absolute) {
  size_t at = 0;
  int ups = 0;
  if (absolute) {
    const char* const starts[] = {"", "/", "/.", "/..", "//./"};
    at = (size_t)snprintf(out, room, "%s%s/", PICK(starts), base);
  }
  const uint32_t counts[] = {1, 1, 1, 1, 2, 2, 2, 3, 4};
  uint32_t parts = any(60) == 0 ? 0 : PICK(counts);
  for (uint32_t i = 0; i < parts; ++i) {
    at += component(out + at, &ups);
    if (i + 1 < parts || any(12) == 0) out[at++] = '/';
    if (any(15) == 0) out[at++] = '/';
  }
  if (any(80) == 0)
    for (size_t want = 4080 + any(24); at < want; out[at++] = '/') continue;
  out[at] = '\0';
}

/// Logged as the generator sees it, not byte by byte.
static void show(const char* text) {
  putchar('"');
  size_t length = strlen(text);
  for (size_t i = 0; i < length && i < 300; ++i) {
    unsigned char c = (unsigned char)text[i];
    if (c < 32 || c > 126)
      printf("\\%03o", c);
    else
      putchar(c);
  }
  printf("\"%s", length > 300 ? "…" : "");
}

struct slot {
  char path[8192];
  char buffer[BUFFER];
  struct stat status;
  struct statx extended;
  struct statfs fs;
};
static struct slot slots[6];
static struct open_how how;
static struct timespec stamps[2];

static long path_argument(struct slot* slot) {
  if (any(25) == 0) {
    const long bad[] = {0, 8, (long)edge, (long)0x8000000000000000, -4096};
    uint32_t which = any(5);
    printf("bad pointer %u", which);
    return bad[which];
  }
  make_path(slot->path, sizeof slot->path, any(2) == 0);
  show(slot->path);
  if (any(8) != 0) return (long)slot->path;
  // The same at the end of a page, before a hole.
  char* at = edge - strlen(slot->path) - 1;
  if (any(10) == 0) ++at;  // and without its NUL
  memcpy(at, slot->path, (size_t)(edge - at));
  return (long)at;
}

static long number_argument(char letter) {
  static const long opens[] = {O_RDONLY,
                               O_RDWR,
                               O_CREAT | O_RDWR,
                               O_CREAT | O_EXCL | O_WRONLY,
                               O_WRONLY | O_TRUNC,
                               O_DIRECTORY,
                               O_PATH,
                               O_PATH | O_NOFOLLOW,
                               O_NOFOLLOW,
                               O_CREAT | O_DIRECTORY,
                               O_TMPFILE | O_RDWR,
                               O_APPEND | O_WRONLY};
  static const long modes[] = {0755, 0644, 0600, 0777, 0, 04755, 01777};
  // No pipes: creat would wait for a reader.
  static const long kinds[] = {S_IFREG | 0644, S_IFSOCK | 0600, 0600,
                               S_IFDIR | 0700};
  static const long flags[] = {0,
                               0,
                               0,
                               AT_SYMLINK_NOFOLLOW,
                               AT_SYMLINK_FOLLOW,
                               AT_EMPTY_PATH,
                               AT_NO_AUTOMOUNT,
                               1 << 28};
  static const long removes[] = {0, 0, AT_REMOVEDIR, 1};
  static const long renames[] = {0, 1, 2, 4, 3, 1 << 8};
  static const long lengths[] = {0, 1, 5000, -1, 1 << 20};
  static const long sizes[] = {0, 1, 10, 64, 255, BUFFER};
  static const long small[] = {0, 1, 3};
  static const long access_modes[] = {F_OK, R_OK, W_OK, X_OK, 7, 8};
  long value = 0;
  switch (letter) {
    case 'o':
      value = PICK(opens) | O_NONBLOCK | O_CLOEXEC;
      break;
    case 'm':
      value = PICK(modes);
      break;
    case 'k':
      value = PICK(kinds);
      break;
    case 'A':
      value = PICK(flags);
      break;
    case 'R':
      value = PICK(removes);
      break;
    case 'r':
      value = PICK(renames);
      break;
    case 'l':
      value = PICK(lengths);
      break;
    case 'n':
      value = PICK(sizes);
      break;
    case 'z':
      value = PICK(small);
      break;
    case 'a':
      value = PICK(access_modes);
      break;
    case 'M':
      value = STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_NLINK;
      break;
    case 'u':
      value = any(2) == 0 ? -1 : (long)getuid();
      break;
    case 'H':
      value = any(10) == 0 ? 8 : (long)sizeof how;
      break;
    default:
      break;
  }
  printf("%#lx", value);
  return value;
}

static long make_argument(char letter, struct slot* slot) {
  static const uint64_t resolves[] = {0,
                                      0,
                                      RESOLVE_BENEATH,
                                      RESOLVE_IN_ROOT,
                                      RESOLVE_NO_SYMLINKS,
                                      RESOLVE_NO_XDEV,
                                      RESOLVE_NO_MAGICLINKS,
                                      1ULL << 40};
  static char* const no_list[] = {"x", NULL};
  switch (letter) {
    case 'p':
      return path_argument(slot);
    case 'd': {
      uint32_t which = any(DIRS + 4);
      long fd = which < DIRS ? dirs[which] : which == DIRS ? 999 : AT_FDCWD;
      printf("fd %ld", fd);
      return fd;
    }
    case 't':
      make_path(slot->path, sizeof slot->path, any(4) == 0);
      show(slot->path);
      return (long)slot->path;
    case 'b':
      memset(slot->buffer, 0x5a, sizeof slot->buffer);
      printf("buffer");
      return (long)slot->buffer;
    case 's':
      return (long)memset(&slot->status, 0, sizeof slot->status);
    case 'x':
      return (long)memset(&slot->extended, 0, sizeof slot->extended);
    case 'f':
      return (long)memset(&slot->fs, 0, sizeof slot->fs);
    case 'h':
      how.flags = (uint64_t)number_argument('o');
      how.mode =
          (how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) ? 0644 : 0;
      how.resolve = PICK(resolves);
      printf(" resolve %lx", (unsigned long)how.resolve);
      return (long)&how;
    case 'v':
      printf("user.test");
      return (long)"user.test";
    case 'T':
      return any(3) == 0 ? 0 : (long)stamps;
    case 'e':
      return (long)no_list;
    default:
      return number_argument(letter);
  }
}
