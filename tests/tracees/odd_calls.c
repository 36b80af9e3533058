// SPDX-License-Identifier: GPL-2.0-or-later
// Row 24: utimensat without a path and the newest calls: by path they give what
// the same file gives by descriptor, which no tracer has a hand in.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <sys/statfs.h>
#include <sys/xattr.h>

#include "check.h"

struct xattr_args_ {
  uint64_t value;
  uint32_t size;
  uint32_t flags;
};

struct file_attr_ {
  uint64_t xflags;
  uint32_t extsize, nextents, projid, cowextsize;
};

static long minus_errno(long result) { return result < 0 ? -errno : result; }

/// Where both are errors of a kind with "not supported", either will do.
static void same(int line, const char* what, long by_path, long by_fd) {
  check_note(by_path == by_fd, line,
             "%s: by path %ld (%s), by descriptor %ld "
             "(%s)",
             what, by_path, error_text(by_path), by_fd, error_text(by_fd));
}

#define SAME(by_path, by_fd) same(__LINE__, #by_path, by_path, by_fd)

static void on(const char* tree) {
  char* path = join(tree, "dir/g");
  const char* name = "user.vfsrun-test";
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int dirfd = open(join(tree, "dir"), O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(fd >= 0 && dirfd >= 0, "open %s: %m", path);
  const long written = is_virtual(tree) ? -EROFS : 0;
  struct timespec stamps[2] = {{1000000000, 0}, {1000000000, 0}};
  struct stat status;
  WANT(raw(SYS_utimensat, fd, NULL, stamps, 0), written);
  WANT(raw(SYS_utimensat, AT_FDCWD, path, stamps, 0), written);
  WANT(raw(SYS_utimensat, dirfd, "g", stamps, 0), written);
  WANT(raw(SYS_utimensat, 999, path, stamps, 0), written);
  WANT(raw(SYS_utimensat, AT_FDCWD, NULL, stamps, 0), -EFAULT);
  WANT(raw(SYS_futimesat, fd, NULL, NULL), written);
  WANT(raw(NR_fchmodat2, AT_FDCWD, path, 0644, 0), written);
  WANT(raw(NR_fchmodat2, dirfd, "g", 0644, 0), written);
  WANT(raw(NR_fchmodat2, AT_FDCWD, join(tree, "gone"), 0644, 0), -ENOENT);
  WANT(raw(NR_fchmodat2, AT_FDCWD, path, 0644, 1 << 30), -EINVAL);
  // Extended attributes.
  char value[256];
  struct xattr_args_ get = {(uint64_t)value, sizeof value, 0};
  struct xattr_args_ set = {(uint64_t) "v", 1, 0};
  SAME(raw(NR_setxattrat, AT_FDCWD, path, 0, name, &set, sizeof set),
       minus_errno(fsetxattr(fd, name, "v", 1, 0)));
  SAME(raw(NR_getxattrat, AT_FDCWD, path, 0, name, &get, sizeof get),
       minus_errno(fgetxattr(fd, name, value, sizeof value)));
  SAME(raw(NR_listxattrat, AT_FDCWD, path, 0, value, sizeof value),
       minus_errno(flistxattr(fd, value, sizeof value)));
  SAME(raw(SYS_getxattr, path, name, value, sizeof value),
       minus_errno(fgetxattr(fd, name, value, sizeof value)));
  SAME(raw(SYS_setxattr, path, name, "v", 1, 0),
       minus_errno(fsetxattr(fd, name, "v", 1, 0)));
  SAME(raw(SYS_listxattr, path, value, sizeof value),
       minus_errno(flistxattr(fd, value, sizeof value)));
  long removed = raw(NR_removexattrat, AT_FDCWD, path, 0, name);
  SAME(raw(SYS_removexattr, path, name), minus_errno(fremovexattr(fd, name)));
  CHECK(removed <= 0 && removed != -ENOENT, "removexattrat: %s",
        error_text(removed));
  // Inode flags.
  struct file_attr_ by_path;
  struct file_attr_ by_fd;
  memset(&by_path, 0, sizeof by_path);
  memset(&by_fd, 0, sizeof by_fd);
  SAME(raw(NR_file_getattr, AT_FDCWD, path, &by_path, sizeof by_path, 0),
       raw(NR_file_getattr, fd, "", &by_fd, sizeof by_fd, AT_EMPTY_PATH));
  CHECK(memcmp(&by_path, &by_fd, sizeof by_fd) == 0, "file_getattr differs");
  // File system and the rest.
  struct statfs fs_path;
  struct statfs fs_fd;
  WANT(raw(SYS_statfs, path, &fs_path), 0);
  CHECK(fstatfs(fd, &fs_fd) == 0 && fs_path.f_type == fs_fd.f_type,
        "statfs: type %lx, by descriptor %lx", (long)fs_path.f_type,
        (long)fs_fd.f_type);
  WANT(raw(SYS_truncate, join(tree, "gone"), 0), -ENOENT);
  WANT(raw(SYS_stat, path, &status), 0);
  close(fd);
  close(dirfd);
}

/// bpf(2)'s objects have names, too; a file that is none is found all the
/// same. Where bpf is not for us, that comes first.
static void bpf_objects(const char* tree) {
  struct {
    uint64_t pathname;
    uint32_t fd, flags;
  } attr = {(uint64_t)join(tree, "dir/g"), 0, 0};

  long got = raw(SYS_bpf, 7, &attr, sizeof attr);
  CHECK(got < 0 && got != -ENOENT && got != -EFAULT, "BPF_OBJ_GET: %s",
        error_text(got));
  const bool permitted = got != -EPERM && got != -ENOSYS;
  attr.pathname = (uint64_t)join(tree, "gone");
  WANT(raw(SYS_bpf, 7, &attr, sizeof attr), permitted ? -ENOENT : got);
}

static void writes_refused(const char* tree) {
  char* path = join(tree, "dir/g");
  char* fresh = join(tree, "dir/fresh");
  WANT(raw(SYS_open, path, O_WRONLY), -EROFS);
  WANT(raw(SYS_open, path, O_RDWR), -EROFS);
  WANT(raw(SYS_open, path, O_RDONLY | O_TRUNC), -EROFS);
  WANT(raw(SYS_open, fresh, O_CREAT | O_WRONLY, 0644), -EROFS);
  WANT(raw(SYS_open, path, O_CREAT | O_EXCL | O_WRONLY, 0644), -EEXIST);
  WANT(raw(SYS_creat, path, 0644), -EROFS);
  WANT(raw(SYS_unlink, path), -EROFS);
  WANT(raw(SYS_rmdir, join(tree, "dir/sub")), -EROFS);
  WANT(raw(SYS_truncate, path, 0), -EROFS);
  WANT(raw(SYS_chmod, path, 0600), -EROFS);
  WANT(raw(SYS_chown, path, getuid(), getgid()), -EROFS);
  WANT(raw(SYS_rename, path, fresh), -EROFS);
  WANT(raw(SYS_link, path, fresh), -EROFS);
  WANT(raw(SYS_symlink, "text", fresh), -EROFS);
  WANT(raw(SYS_mknod, fresh, S_IFREG | 0644, 0), -EROFS);
  WANT(raw(SYS_access, path, W_OK), -EROFS);
  WANT(raw(SYS_access, path, R_OK), 0);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  on(local_dir);
  on(virtual_dir);
  bpf_objects(local_dir);
  bpf_objects(virtual_dir);
  if (is_virtual(virtual_dir)) writes_refused(virtual_dir);
  return check_end();
}
