// SPDX-License-Identifier: GPL-2.0-or-later
// Row 23: AT_EMPTY_PATH, with "", with NULL, and with a path after all; a wrong
// descriptor beside an absolute path.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <linux/stat.h>

#include "check.h"

struct file {
  dev_t device;
  ino_t inode;
};

static bool is(const struct stat* status, struct file file) {
  return status->st_dev == file.device && status->st_ino == file.inode;
}

static struct file of(const char* path) {
  struct stat status;
  if (stat(path, &status) != 0) give_up("stat %s: %m", path);
  return (struct file){status.st_dev, status.st_ino};
}

/// The call gives the named file.
#define GIVES(call, which)                                                \
  do {                                                                    \
    memset(&status, 0, sizeof status);                                    \
    long gives_got = (call);                                              \
    CHECK(gives_got == 0 && is(&status, which), "%s: %s, %s file", #call, \
          error_text(gives_got), is(&status, which) ? "the" : "another"); \
  } while (0)

/// With AT_EMPTY_PATH alone and a descriptor these two calls are fstat(3) and
/// not looked at (tracer/README.md, "Known limits"); a name comes with more.
enum { WITH_NAME = AT_EMPTY_PATH | AT_NO_AUTOMOUNT };

static void on(const char* tree, const char* other) {
  char* path = join(tree, "f");
  char* dir = join(tree, "dir");
  char* elsewhere = join(other, "dir/g");
  const struct file f = of(path);
  const struct file d = of(dir);
  const struct file g = of(elsewhere);
  struct stat status;
  struct statx extended;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int fd_path = open(path, O_PATH | O_CLOEXEC);
  WANT(raw(SYS_chdir, dir), 0);
  GIVES(raw(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH), f);
  GIVES(raw(SYS_newfstatat, fd_path, "", &status, AT_EMPTY_PATH), f);
  GIVES(raw(SYS_newfstatat, AT_FDCWD, "", &status, AT_EMPTY_PATH), d);
  GIVES(raw(SYS_newfstatat, fd, elsewhere, &status, WITH_NAME), g);
  GIVES(raw(SYS_newfstatat, fd, path, &status, WITH_NAME), f);
  GIVES(raw(SYS_newfstatat, AT_FDCWD, path, &status, AT_EMPTY_PATH), f);
  GIVES(raw(SYS_newfstatat, 999, elsewhere, &status, 0), g);
  GIVES(raw(SYS_newfstatat, 999, path, &status, WITH_NAME), f);
  WANT(raw(SYS_newfstatat, 999, "", &status, AT_EMPTY_PATH), -EBADF);
  WANT(raw(SYS_newfstatat, fd, "", &status, 0), -ENOENT);
  // Since Linux 6.11 NULL is "" here; ask a local file what this kernel does.
  int plain = open("/usr", O_PATH | O_CLOEXEC);
  long null_result = raw(SYS_newfstatat, plain, 0, &status, AT_EMPTY_PATH);
  close(plain);
  if (null_result == 0)
    GIVES(raw(SYS_newfstatat, fd, 0, &status, AT_EMPTY_PATH), f);
  else
    WANT(raw(SYS_newfstatat, fd, 0, &status, AT_EMPTY_PATH), null_result);
  WANT(raw(SYS_newfstatat, fd, 0, &status, 0), -EFAULT);
  WANT(raw(SYS_newfstatat, 999, 0, &status, AT_EMPTY_PATH),
       null_result == 0 ? -EBADF : null_result);
  // statx
  WANT(raw(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_INO, &extended), 0);
  CHECK(extended.stx_ino == f.inode, "statx of a descriptor");
  WANT(raw(SYS_statx, fd, elsewhere, WITH_NAME, STATX_INO, &extended), 0);
  CHECK(extended.stx_ino == g.inode, "statx of a path with AT_EMPTY_PATH");
  WANT(raw(SYS_statx, 999, path, 0, STATX_INO, &extended), 0);
  CHECK(extended.stx_ino == f.inode, "statx with a wrong descriptor");
  // Others that know the flag.
  WANT(raw(NR_faccessat2, fd, "", R_OK, AT_EMPTY_PATH), 0);
  WANT(raw(NR_faccessat2, fd, path, R_OK, AT_EMPTY_PATH), 0);
  WANT(raw(NR_faccessat2, 999, "", R_OK, AT_EMPTY_PATH), -EBADF);
  WANT(raw(SYS_openat, fd, "", O_RDONLY), -ENOENT);
  char buffer[64];
  WANT(raw(SYS_readlinkat, fd_path, "", buffer, sizeof buffer), -ENOENT);
  close(fd);
  close(fd_path);
  WANT(raw(SYS_chdir, "/"), 0);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  on(local_dir, virtual_dir);
  on(virtual_dir, local_dir);
  on(virtual_dir, virtual_dir);
  return check_end();
}
