// SPDX-License-Identifier: GPL-2.0-or-later
// Rows 26, 27: links and renames across the boundary of two file systems, and
// what may be done to the root of a virtual tree.
// Arguments: VIRTUAL_DIR WORK_DIR ROOT  (natively: a tree on another file
// system, and /proc as ROOT)
#include "check.h"

static bool one_of(long got, const int* errors, int count) {
  for (int i = 0; i < count; ++i)
    if (got == -errors[i]) return true;
  return false;
}

#define ONE_OF(call, ...)                                       \
  do {                                                          \
    const int list[] = {__VA_ARGS__};                           \
    long got = (call);                                          \
    CHECK(one_of(got, list, (int)(sizeof list / sizeof *list)), \
          "%s: %ld (%s)", #call, got, error_text(got));         \
  } while (0)

static void across(const char* tree, const char* work) {
  char* inside = join(tree, "f");
  char* outside = join(work, "outside");
  char* fresh = join(work, "fresh");
  const long at = AT_FDCWD;
  close(open(outside, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  raw(SYS_unlink, fresh);
  WANT(raw(SYS_link, inside, fresh), -EXDEV);
  WANT(raw(SYS_linkat, at, inside, at, fresh, 0), -EXDEV);
  WANT(raw(SYS_linkat, at, inside, at, fresh, AT_SYMLINK_FOLLOW), -EXDEV);
  WANT(raw(SYS_rename, inside, fresh), -EXDEV);
  WANT(raw(SYS_renameat, at, inside, at, fresh), -EXDEV);
  WANT(raw(SYS_renameat2, at, inside, at, fresh, 0), -EXDEV);
  WANT(raw(SYS_renameat2, at, inside, at, outside, 2), -EXDEV);  // exchange
  WANT(raw(SYS_renameat2, at, inside, at, fresh, 1 << 20), -EINVAL);
  WANT(raw(SYS_rename, outside, join(tree, "fresh")), -EXDEV);
  WANT(raw(SYS_rename, outside, inside), -EXDEV);
  WANT(raw(SYS_rename, work, join(tree, "fresh")), -EXDEV);
  // The read-only file system may be noticed before the other one.
  ONE_OF(raw(SYS_link, outside, join(tree, "fresh")), EXDEV, EROFS);
  int dirfd = open(work, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int treefd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
  WANT(raw(SYS_renameat, treefd, "f", dirfd, "fresh"), -EXDEV);
  WANT(raw(SYS_renameat, dirfd, "outside", treefd, "fresh"), -EXDEV);
  WANT(raw(SYS_linkat, treefd, "f", dirfd, "fresh", 0), -EXDEV);
  close(dirfd);
  close(treefd);
  struct stat status;
  WANT(raw(SYS_stat, fresh, &status), -ENOENT);
  WANT(raw(SYS_stat, outside, &status), 0);
  CHECK(holds_name(AT_FDCWD, inside, "f"), "%s is as it was", inside);
}

static void root(const char* path, const char* work) {
  struct stat status;
  WANT(raw(SYS_stat, path, &status), 0);
  CHECK(S_ISDIR(status.st_mode), "%s has mode %o", path, status.st_mode);
  WANT(raw(SYS_mkdir, path, 0755), -EEXIST);
  WANT(raw(SYS_mkdirat, AT_FDCWD, path, 0755), -EEXIST);
  WANT(raw(SYS_symlink, "text", path), -EEXIST);
  WANT(raw(SYS_open, path, O_CREAT | O_EXCL | O_WRONLY, 0644), -EEXIST);
  ONE_OF(raw(SYS_open, path, O_WRONLY), EISDIR);
  ONE_OF(raw(SYS_rmdir, path), EBUSY, EPERM, EROFS, EACCES);
  ONE_OF(raw(SYS_unlink, path), EISDIR, EPERM, EROFS, EACCES);
  ONE_OF(raw(SYS_rename, path, "/vfsrun-no-such"), EXDEV, EBUSY, EROFS, EACCES,
         EPERM);
  ONE_OF(raw(SYS_rename, path, join(work, "moved")), EXDEV, EBUSY, EACCES);
  ONE_OF(raw(SYS_rename, join(work, "outside"), path), EXDEV, EBUSY, EISDIR,
         EACCES);
  WANT(raw(SYS_stat, path, &status), 0);
}

static dev_t device_of(const char* path) {
  struct stat status;
  if (stat(path, &status) != 0) give_up("stat %s: %m", path);
  return status.st_dev;
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* work = argument(argc, argv, 2, "work directory");
  // On one and the same file system the renames below would succeed.
  if (device_of(virtual_dir) == device_of(work) ||
      device_of(argument(argc, argv, 3, "root of a tree")) == device_of("/"))
    give_up("%s and %s: not across a boundary", virtual_dir, work);
  across(virtual_dir, work);
  root(argument(argc, argv, 3, "root of a tree"), work);
  return check_end();
}
