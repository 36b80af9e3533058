// SPDX-License-Identifier: GPL-2.0-or-later
// Rows 18, 19: getcwd and readlink of /proc links give virtual names, cut to
// the caller's buffer as the kernel cuts them; also those of another process.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <limits.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "check.h"

/// `size` bytes that end just before a page that is not there.
static char* tight(size_t size) {
  static char* pages;
  if (pages == NULL) {
    pages = mmap(NULL, 3 * 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) give_up("mmap failed");
    munmap(pages + 8192, 4096);
  }
  memset(pages, 0x7e, 8192);
  return pages + 8192 - size;
}

static bool untouched(const char* buffer, long from, long to) {
  while (from < to && buffer[from] == 0x7e) ++from;
  return from >= to;
}

static void getcwd_in(const char* dir) {
  const long need = (long)strlen(dir) + 1;
  WANT(raw(SYS_chdir, dir), 0);
  for (long size = 0; size <= need + 2; ++size) {
    char* buffer = tight((size_t)size);
    long got = raw(SYS_getcwd, buffer, size);
    if (size < need) {
      CHECK(got == -ERANGE, "getcwd in %s with %ld bytes: %ld (%s)", dir, size,
            got, error_text(got));
      continue;
    }
    CHECK(got == need && strcmp(buffer, dir) == 0,
          "getcwd in %s with %ld bytes: %ld, %.*s", dir, size, got, (int)size,
          buffer);
    // glibc relies on it: what lies after the NUL is not touched.
    CHECK(untouched(buffer, need, size), "getcwd wrote past its %ld", need);
  }
  char large[16384];
  WANT(raw(SYS_getcwd, large, sizeof large), need);
  WANT(raw(SYS_chdir, "/"), 0);
}

static void link_is(int dirfd, const char* link, const char* want) {
  const long length = (long)strlen(want);
  const long sizes[] = {1, 5, length - 1, length, length + 1, 4096};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    const long size = sizes[i];
    if (size == 0) continue;
    char* buffer = tight((size_t)size);
    long got = raw(SYS_readlinkat, dirfd, link, buffer, size);
    const long expected = size < length ? size : length;
    CHECK(got == expected && memcmp(buffer, want, (size_t)expected) == 0,
          "readlink %s with %ld bytes: %ld (%s) %.*s, not %.*s", link, size,
          got, error_text(got), got > 0 ? (int)got : 0, buffer, (int)expected,
          want);
    if (got >= 0)
      CHECK(untouched(buffer, expected, size), "readlink %s wrote past %ld",
            link, expected);
  }
  WANT(raw(SYS_readlinkat, dirfd, link, tight(8), 0), -EINVAL);
}

static void own_links(const char* tree) {
  char* dir = join(tree, "dir");
  char* file = join(dir, "g");
  WANT(raw(SYS_chdir, dir), 0);
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int path_fd = open(file, O_PATH | O_CLOEXEC);
  CHECK(fd >= 0 && dirfd >= 0 && path_fd >= 0, "cannot open %s", file);
  char name[64];
  link_is(AT_FDCWD, "/proc/self/cwd", dir);
  link_is(AT_FDCWD, "/proc/thread-self/cwd", dir);
  link_is(AT_FDCWD, "//proc/./self//cwd", dir);
  snprintf(name, sizeof name, "/proc/%d/cwd", getpid());
  link_is(AT_FDCWD, name, dir);
  snprintf(name, sizeof name, "/proc/%d/task/%d/cwd", getpid(), getpid());
  link_is(AT_FDCWD, name, dir);
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  link_is(AT_FDCWD, name, file);
  snprintf(name, sizeof name, "/dev/fd/%d", fd);
  link_is(AT_FDCWD, name, file);
  snprintf(name, sizeof name, "/proc/self/fd/%d", path_fd);
  link_is(AT_FDCWD, name, file);
  snprintf(name, sizeof name, "/proc/self/fd/%d", dirfd);
  link_is(AT_FDCWD, name, dir);
  int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  link_is(proc, "cwd", dir);
  snprintf(name, sizeof name, "fd/%d", fd);
  link_is(proc, name, file);
  int link_fd = open("/proc/self/cwd", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  link_is(link_fd, "", dir);
  WANT(raw(SYS_chdir, "/proc/self"), 0);
  snprintf(name, sizeof name, "fd/%d", fd);
  link_is(AT_FDCWD, name, file);
  // What libc makes of them.
  WANT(raw(SYS_chdir, dir), 0);
  char resolved[PATH_MAX];
  CHECK(realpath("g", resolved) != NULL && strcmp(resolved, file) == 0,
        "realpath g: %s, not %s", resolved, file);
  CHECK(realpath("../dir/./sub/..", resolved) != NULL &&
            strcmp(resolved, dir) == 0,
        "realpath ../dir/./sub/..: %s, not %s", resolved, dir);
  CHECK(realpath("/proc/self/cwd/g", resolved) != NULL &&
            strcmp(resolved, file) == 0,
        "realpath /proc/self/cwd/g: %s, not %s", resolved, file);
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  CHECK(holds_name(AT_FDCWD, name, "dir/g"), "open %s", name);
  CHECK(holds_name(AT_FDCWD, "/proc/self/cwd/g", "dir/g"),
        "open /proc/self/cwd/g");
  WANT(raw(SYS_chdir, "/"), 0);
  close(fd);
  close(dirfd);
  close(path_fd);
  close(proc);
  close(link_fd);
}

/// The cwd and descriptors of a child, read by its parent.
static void child_links(const char* tree) {
  char* dir = join(tree, "dir/sub");
  char* file = join(tree, "f");
  int ready[2];
  int go[2];
  if (pipe(ready) != 0 || pipe(go) != 0) give_up("no pipe");
  pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    bool fine = raw(SYS_chdir, dir) == 0 && fd >= 0 && dup2(fd, 50) == 50;
    fine = fine && write(ready[1], fine ? "y" : "n", 1) == 1;
    close(go[1]);
    if (read(go[0], &byte, 1) < 0) fine = false;
    _exit(fine ? 0 : 1);
  }
  char byte = 0;
  CHECK(read(ready[0], &byte, 1) == 1 && byte == 'y', "child could not start");
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/cwd", child);
  link_is(AT_FDCWD, name, dir);
  snprintf(name, sizeof name, "/proc/%d/fd/50", child);
  link_is(AT_FDCWD, name, file);
  CHECK(holds_name(AT_FDCWD, name, "f"), "open %s", name);
  snprintf(name, sizeof name, "/proc/%d/cwd/h", child);
  CHECK(holds_name(AT_FDCWD, name, "dir/sub/h"), "open %s", name);
  close(go[1]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0, "child ended with %#x", (unsigned)status);
  close(ready[0]);
  close(ready[1]);
  close(go[0]);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  const char* trees[2] = {virtual_dir, local_dir};
  for (int i = 0; i < 2; ++i) {
    getcwd_in(trees[i]);
    getcwd_in(join(trees[i], "dir/sub"));
    own_links(trees[i]);
    child_links(trees[i]);
  }
  getcwd_in("/");
  getcwd_in("/usr");
  if (is_virtual(virtual_dir)) getcwd_in("/http");
  char exe[4096];
  long got = raw(SYS_readlink, "/proc/self/exe", exe, sizeof exe - 1);
  CHECK(got > 0, "readlink /proc/self/exe: %s", error_text(got));
  if (got > 0) exe[got] = '\0';
  link_is(AT_FDCWD, "/proc/self/exe", exe);
  link_is(AT_FDCWD, "/proc/self/root", "/");
  return check_end();
}
