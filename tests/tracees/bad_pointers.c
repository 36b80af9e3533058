// SPDX-License-Identifier: GPL-2.0-or-later
// Row 9: paths that are no readable string give EFAULT from every path call,
// before and after the process has used a virtual path, and so do outputs that
// cannot be written.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <linux/openat2.h>
#include <sys/mman.h>

#include "check.h"

static char* unmapped;      // a page that is gone
static char* inaccessible;  // PROT_NONE
static char* unterminated;  // "/http/xx" up to the last byte before a hole

static void make_pages(void) {
  char* pages = mmap(NULL, 4 * 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) give_up("mmap failed");
  unmapped = pages + 4096;
  munmap(unmapped, 4096);
  inaccessible = pages + 8192;
  mprotect(inaccessible, 4096, PROT_NONE);
  unterminated = unmapped - 8;
  memcpy(unterminated, "/http/xx", 8);
}

struct place {
  long number;
  int path;        // which argument
  long rest[6];    // the others
  bool null_fine;  // NULL means something else than a bad string
};

static void bad_paths(const char* good) {
  static struct stat status;
  static char buffer[4096];
  struct open_how how = {.flags = O_RDONLY};
  const long at = AT_FDCWD;
  const struct place places[] = {
      {SYS_open, 0, {0, O_RDONLY}, false},
      {SYS_creat, 0, {0, 0644}, false},
      {SYS_openat, 1, {at, 0, O_RDONLY}, false},
      {NR_openat2, 1, {at, 0, (long)&how, sizeof how}, false},
      {SYS_stat, 0, {0, (long)&status}, false},
      {SYS_lstat, 0, {0, (long)&status}, false},
      {SYS_newfstatat, 1, {at, 0, (long)&status}, false},
      {SYS_statx, 1, {at, 0, 0, STATX_ALL, (long)buffer}, false},
      {SYS_access, 0, {0}, false},
      {SYS_faccessat, 1, {at}, false},
      {NR_faccessat2, 1, {at}, false},
      {SYS_readlink, 0, {0, (long)buffer, 4096}, false},
      {SYS_readlinkat, 1, {at, 0, (long)buffer, 4096}, false},
      {SYS_chdir, 0, {0}, false},
      {SYS_execve, 0, {0, (long)environ, (long)environ}, false},
      {SYS_execveat, 1, {at, 0, (long)environ, (long)environ}, false},
      {SYS_mkdir, 0, {0, 0755}, false},
      {SYS_mkdirat, 1, {at, 0, 0755}, false},
      {SYS_rmdir, 0, {0}, false},
      {SYS_unlink, 0, {0}, false},
      {SYS_unlinkat, 1, {at}, false},
      {SYS_rename, 0, {0, (long)good}, false},
      {SYS_rename, 1, {(long)good}, false},
      {SYS_renameat, 1, {at, 0, at, (long)good}, false},
      {SYS_renameat, 3, {at, (long)good, at}, false},
      {SYS_renameat2, 3, {at, (long)good, at}, false},
      {SYS_link, 0, {0, (long)good}, false},
      {SYS_link, 1, {(long)good}, false},
      {SYS_linkat, 1, {at, 0, at, (long)good}, false},
      {SYS_linkat, 3, {at, (long)good, at}, false},
      {SYS_symlink, 0, {0, (long)good}, false},
      {SYS_symlink, 1, {(long)good}, false},
      {SYS_symlinkat, 2, {(long)good, at}, false},
      {SYS_chmod, 0, {0, 0644}, false},
      {SYS_fchmodat, 1, {at, 0, 0644}, false},
      {SYS_chown, 0, {0, -1, -1}, false},
      {SYS_lchown, 0, {0, -1, -1}, false},
      {SYS_fchownat, 1, {at, 0, -1, -1}, false},
      {SYS_utime, 0, {0}, false},
      {SYS_utimes, 0, {0}, false},
      {SYS_utimensat, 1, {at}, true},
      {SYS_futimesat, 1, {at}, true},
      {SYS_truncate, 0, {0}, false},
      {SYS_statfs, 0, {0, (long)buffer}, false},
      {SYS_getxattr, 0, {0, (long)"user.x", (long)buffer, 9}, false},
      {SYS_lgetxattr, 0, {0, (long)"user.x", (long)buffer, 9}, false},
      {SYS_setxattr, 0, {0, (long)"user.x", (long)"v", 1}, false},
      {SYS_listxattr, 0, {0, (long)buffer, 9}, false},
      {SYS_llistxattr, 0, {0, (long)buffer, 9}, false},
      {SYS_removexattr, 0, {0, (long)"user.x"}, false},
      {SYS_mknod, 0, {0, S_IFREG | 0600}, false},
      {SYS_mknodat, 1, {at, 0, S_IFREG | 0600}, false},
  };
  const long pointers[] = {
      0,
      8,
      4095,
      (long)unmapped,
      (long)inaccessible,
      (long)unterminated,
      (long)0x8000000000000000,  // non-canonical
      (long)0xffff800000000000,  // the kernel's half
      (long)0xfffffffffffff000,
      -1,
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
    for (size_t j = 0; j < sizeof pointers / sizeof *pointers; ++j) {
      if (pointers[j] == 0 && places[i].null_fine) continue;
      long a[6];
      memcpy(a, places[i].rest, sizeof a);
      a[places[i].path] = pointers[j];
      long got = raw(places[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
      CHECK(got == -EFAULT, "call %ld, argument %d = %#lx: %ld (%s)",
            places[i].number, places[i].path, (unsigned long)pointers[j], got,
            error_text(got));
    }
  }
}

static void bad_outputs(const char* tree) {
  char* file = join(tree, "f");
  char* dir = join(tree, "dir");
  struct stat* nowhere = (struct stat*)8;
  WANT(raw(SYS_stat, file, nowhere), -EFAULT);
  WANT(raw(SYS_newfstatat, AT_FDCWD, file, inaccessible, 0), -EFAULT);
  WANT(raw(SYS_statx, AT_FDCWD, file, 0, STATX_ALL, unmapped), -EFAULT);
  WANT(raw(SYS_statfs, file, nowhere), -EFAULT);
  WANT(raw(SYS_readlink, "/proc/self/exe", unmapped, 4096), -EFAULT);
  WANT(raw(SYS_readlink, "/proc/self/exe", nowhere, 4096), -EFAULT);
  WANT(raw(SYS_chdir, dir), 0);
  WANT(raw(SYS_getcwd, nowhere, 4096), -EFAULT);
  WANT(raw(SYS_getcwd, unmapped, 4096), -EFAULT);
  WANT(raw(SYS_getcwd, inaccessible, 4096), -EFAULT);
  WANT(raw(SYS_getcwd, 0, 0), -ERANGE);
  WANT(raw(SYS_readlink, "/proc/self/cwd", inaccessible, 4096), -EFAULT);
  WANT(raw(SYS_readlink, "/proc/self/cwd", nowhere, 0), -EINVAL);
  WANT(raw(SYS_readlink, "/proc/self/cwd", nowhere, -1), -EINVAL);
  WANT(raw(SYS_chdir, "/"), 0);
  WANT(raw(NR_openat2, AT_FDCWD, file, nowhere, sizeof(struct open_how)),
       -EFAULT);
  struct open_how how = {.flags = O_RDONLY};
  WANT(raw(NR_openat2, AT_FDCWD, file, &how, 3), -EINVAL);
  WANT(raw(SYS_execve, file, nowhere, environ),
       raw(SYS_access, file, X_OK) == 0 ? -EFAULT : -EACCES);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  make_pages();
  char* local_file = join(local_dir, "f");
  char* virtual_file = join(virtual_dir, "f");
  bad_paths(local_file);
  bad_outputs(local_dir);
  CHECK(holds_name(AT_FDCWD, virtual_file, "f"), "cannot read %s",
        virtual_file);
  bad_paths(virtual_file);
  bad_outputs(virtual_dir);
  bad_paths(local_file);
  CHECK(holds_name(AT_FDCWD, local_file, "f"), "cannot read %s", local_file);
  return check_end();
}
