// SPDX-License-Identifier: GPL-2.0-or-later
// Row 4: each path call, made twice by hand with nothing but rax set anew, with
// virtual and with local paths: all other registers keep their values.
// Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR (the first two hold the same files)
#include "registers.h"

#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/utsname.h>

enum { ANY = 1000000, FAILS = 1000001, OPENS = 1000002 };

struct call {
  const char* name;
  long number;
  long arguments[6];
  long want;  // value, -errno or one of the above
};

static void run(const char* tree, const struct call* call) {
  char what[256];
  snprintf(what, sizeof what, "%s in %s", call->name, tree);
  struct registers in = known_registers(call->number, call->arguments);
  struct registers out;
  memset(&out, 0, sizeof out);
  recorded_call_twice(&in, &out);
  check_registers(what, &in, &out);
  const long results[2] = {out.first_result, out.rax};
  for (int i = 0; i < 2; ++i) {
    const long got = results[i];
    bool right = call->want == ANY || got == call->want;
    if (call->want == FAILS) right = got < 0;
    if (call->want == OPENS) right = got >= 0;
    CHECK(right, "%s, call %d: %ld (%s)", what, i + 1, got, error_text(got));
    if (call->want == OPENS && got >= 0) raw(SYS_close, got);
  }
}

static void run_all(const char* tree, const char* work) {
  char* file = join(tree, "f");
  char* gone = join(tree, "gone");
  char* gone2 = join(tree, "gone2");
  char* dir = join(tree, "dir");
  char* here = join(work, "not-there");
  static char buffer[8192];
  static struct stat status;
  static struct statfs fs_status;
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
  struct timeval times[2] = {{1, 0}, {2, 0}};
  struct timespec stamps[2] = {{1, 0}, {2, 0}};
  char* no_arguments[] = {"x", NULL};
  const long at = AT_FDCWD;
  // The names are the rows of the table in the tracer that carry paths.
#define P(text) (long)(text)
  const struct call calls[] = {
      {"open", SYS_open, {P(file), O_RDONLY}, OPENS},
      {"openat", SYS_openat, {at, P(file), O_RDONLY}, OPENS},
      {"openat of what is not there", SYS_openat, {at, P(gone)}, -ENOENT},
      {"openat with a wrong dirfd", SYS_openat, {999, P(file)}, OPENS},
      {"openat2", NR_openat2, {at, P(file), P(&how), sizeof how}, OPENS},
      {"creat through a file", SYS_creat, {P(join(file, "x"))}, -ENOTDIR},
      {"stat", SYS_stat, {P(file), P(&status)}, 0},
      {"lstat", SYS_lstat, {P(file), P(&status)}, 0},
      {"stat into nowhere", SYS_stat, {P(file), 8}, -EFAULT},
      {"newfstatat", SYS_newfstatat, {at, P(file), P(&status), 0}, 0},
      {"statx", SYS_statx, {at, P(file), 0, STATX_ALL, P(buffer)}, 0},
      {"access", SYS_access, {P(file), R_OK}, 0},
      {"faccessat", SYS_faccessat, {at, P(file), R_OK}, 0},
      {"faccessat2", NR_faccessat2, {at, P(file), R_OK, 0}, 0},
      {"readlink", SYS_readlink, {P(file), P(buffer), 100}, -EINVAL},
      {"readlinkat", SYS_readlinkat, {at, P(file), P(buffer), 100}, -EINVAL},
      {"readlink of a link",
       SYS_readlink,
       {P("/proc/self/exe"), P(buffer), 99},
       ANY},
      {"getcwd", SYS_getcwd, {P(buffer), sizeof buffer}, ANY},
      {"getcwd, no room", SYS_getcwd, {P(buffer), 1}, -ERANGE},
      {"chdir", SYS_chdir, {P(dir)}, 0},
      {"getcwd there",
       SYS_getcwd,
       {P(buffer), sizeof buffer},
       (long)strlen(dir) + 1},
      {"getcwd there, no room", SYS_getcwd, {P(buffer), 5}, -ERANGE},
      {"relative stat", SYS_stat, {P("g"), P(&status)}, 0},
      {"relative stat with ..", SYS_stat, {P("../f"), P(&status)}, 0},
      {"execve of what is not there",
       SYS_execve,
       {P(gone), P(no_arguments), P(environ)},
       -ENOENT},
      {"execve of a directory",
       SYS_execve,
       {P(dir), P(no_arguments), P(environ)},
       -EACCES},
      {"execveat of what is not there",
       SYS_execveat,
       {at, P(gone), P(no_arguments), P(environ), 0},
       -ENOENT},
      {"mkdir", SYS_mkdir, {P(dir), 0755}, -EEXIST},
      {"mkdirat", SYS_mkdirat, {at, P(dir), 0755}, -EEXIST},
      {"rmdir", SYS_rmdir, {P(gone)}, FAILS},
      {"unlink", SYS_unlink, {P(gone)}, FAILS},
      {"unlinkat", SYS_unlinkat, {at, P(gone), 0}, FAILS},
      {"rename", SYS_rename, {P(gone), P(gone2)}, FAILS},
      {"rename out", SYS_rename, {P(gone), P(here)}, FAILS},
      {"rename in", SYS_rename, {P(here), P(gone)}, FAILS},
      {"renameat", SYS_renameat, {at, P(gone), at, P(gone2)}, FAILS},
      {"renameat2", SYS_renameat2, {at, P(gone), at, P(gone2), 0}, FAILS},
      {"link", SYS_link, {P(gone), P(gone2)}, FAILS},
      {"linkat", SYS_linkat, {at, P(gone), at, P(gone2), 0}, FAILS},
      {"symlink", SYS_symlink, {P(file), P(dir)}, -EEXIST},
      {"symlinkat", SYS_symlinkat, {P(file), at, P(dir)}, -EEXIST},
      {"chmod", SYS_chmod, {P(gone), 0644}, FAILS},
      {"fchmodat", SYS_fchmodat, {at, P(gone), 0644}, FAILS},
      {"fchmodat2", NR_fchmodat2, {at, P(gone), 0644, 0}, FAILS},
      {"chown", SYS_chown, {P(gone), -1, -1}, FAILS},
      {"lchown", SYS_lchown, {P(gone), -1, -1}, FAILS},
      {"fchownat", SYS_fchownat, {at, P(gone), -1, -1, 0}, FAILS},
      {"utime", SYS_utime, {P(gone), 0}, FAILS},
      {"utimes", SYS_utimes, {P(gone), P(times)}, FAILS},
      {"futimesat", SYS_futimesat, {at, P(gone), P(times)}, FAILS},
      {"utimensat", SYS_utimensat, {at, P(gone), P(stamps), 0}, FAILS},
      {"truncate", SYS_truncate, {P(gone), 0}, FAILS},
      {"statfs", SYS_statfs, {P(file), P(&fs_status)}, 0},
      {"getxattr", SYS_getxattr, {P(file), P("user.x"), P(buffer), 99}, FAILS},
      {"lgetxattr", SYS_lgetxattr, {P(file), P("user.x"), P(buffer), 9}, FAILS},
      {"setxattr", SYS_setxattr, {P(gone), P("user.x"), P("v"), 1}, FAILS},
      {"lsetxattr", SYS_lsetxattr, {P(gone), P("user.x"), P("v"), 1}, FAILS},
      {"listxattr", SYS_listxattr, {P(file), P(buffer), 999}, ANY},
      {"llistxattr", SYS_llistxattr, {P(file), P(buffer), 999}, ANY},
      {"removexattr", SYS_removexattr, {P(gone), P("user.x")}, FAILS},
      {"lremovexattr", SYS_lremovexattr, {P(gone), P("user.x")}, FAILS},
      {"getxattrat", NR_getxattrat, {at, P(gone), 0, P("user.x"), 0, 0}, FAILS},
      {"mknod", SYS_mknod, {P(dir), S_IFREG | 0644}, -EEXIST},
      {"mknodat", SYS_mknodat, {at, P(dir), S_IFREG | 0644}, -EEXIST},
      {"name_to_handle_at", SYS_name_to_handle_at, {at, P(gone), 8, 8}, FAILS},
      {"no path at all: uname", SYS_uname, {P(buffer)}, 0},
      {"chdir back", SYS_chdir, {P("/")}, 0},
  };
#undef P
  for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i)
    run(tree, &calls[i]);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  const char* work = argument(argc, argv, 3, "work directory");
  run_all(local_dir, work);
  run_all(virtual_dir, work);
  run_all(local_dir, work);
  return check_end();
}
