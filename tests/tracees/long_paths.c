// SPDX-License-Identifier: GPL-2.0-or-later
// Row 11: paths at the limits. A virtual path is longer for the kernel than for
// the program: where only that is too long the answer is ENAMETOOLONG as well.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include "check.h"

/// tree/aaa…/aaa… of just `length` bytes; no component over 200.
static char* path_of(const char* tree, size_t length) {
  char* path = malloc(length + 1);
  size_t at = (size_t)sprintf(path, "%s", tree);
  for (int i = 0; at < length; ++i, ++at)
    path[at] = i % 200 == 0 && at + 1 < length ? '/' : 'a';
  path[length] = '\0';
  return path;
}

/// tree/././…/f of just `length` bytes.
static char* dotted(const char* tree, size_t length) {
  char* path = malloc(length + 2);
  size_t at = (size_t)sprintf(path, "%s/", tree);
  while (at + 3 <= length) at += (size_t)sprintf(path + at, "./");
  while (at + 1 < length) path[at++] = '/';
  path[at++] = 'f';
  path[at] = '\0';
  return path;
}

static void local_limits(const char* tree) {
  struct stat status;
  WANT(raw(SYS_stat, path_of(tree, 4094), &status), -ENOENT);
  WANT(raw(SYS_stat, path_of(tree, 4095), &status), -ENOENT);
  WANT(raw(SYS_stat, path_of(tree, 4096), &status), -ENAMETOOLONG);
  WANT(raw(SYS_stat, path_of(tree, 4097), &status), -ENAMETOOLONG);
  WANT(raw(SYS_stat, path_of(tree, 9000), &status), -ENAMETOOLONG);
  CHECK(holds_name(AT_FDCWD, dotted(tree, 4095), "f"), "4095 bytes, dotted");
  WANT(raw(SYS_stat, dotted(tree, 4096), &status), -ENAMETOOLONG);
  WANT(raw(SYS_rename, path_of(tree, 4096), path_of(tree, 4095)),
       -ENAMETOOLONG);
  WANT(raw(SYS_symlink, path_of(tree, 4096), "/x/y"), -ENAMETOOLONG);
}

static void virtual_limits(const char* tree, const char* local) {
  struct stat status;
  const long limits[] = {4090, 4094, 4095, 4096, 4097, 9000};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; ++i) {
    char* path = path_of(tree, (size_t)limits[i]);
    const long want =
        limits[i] < 4096 && !is_virtual(tree) ? -ENOENT : -ENAMETOOLONG;
    WANT(raw(SYS_stat, path, &status), want);
    WANT(raw(SYS_open, path, O_RDONLY), want);
    WANT(raw(SYS_faccessat, AT_FDCWD, path, F_OK), want);
    WANT(raw(SYS_execve, path, environ, environ), want);
    WANT(raw(SYS_chdir, path), want);
    long got = raw(SYS_rename, path, join(local, "f"));
    CHECK(got == want, "rename of %ld bytes: %s", limits[i], error_text(got));
  }
  // One that fits in full is only not there.
  WANT(raw(SYS_stat, path_of(tree, 1500), &status), -ENOENT);
  CHECK(holds_name(AT_FDCWD, dotted(tree, 2000), "f"), "2000 bytes, dotted");
}

static void long_component(const char* tree) {
  char name[300];
  struct stat status;
  memset(name, 'n', sizeof name);
  name[255] = '\0';
  WANT(raw(SYS_stat, join(tree, name), &status), -ENOENT);
  name[255] = 'n';
  name[256] = '\0';
  WANT(raw(SYS_stat, join(tree, name), &status), -ENAMETOOLONG);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  local_limits(local_dir);
  virtual_limits(virtual_dir, local_dir);
  local_limits(local_dir);
  long_component(local_dir);
  long_component(virtual_dir);
  CHECK(holds_name(AT_FDCWD, join(virtual_dir, "f"), "f"), "after all that");
  return check_end();
}
