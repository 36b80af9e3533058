// SPDX-License-Identifier: GPL-2.0-or-later
// Row 22: openat2 and its RESOLVE flags. Under IN_ROOT and BENEATH an absolute
// path belongs to the descriptor, so a virtual name must stay as it is.
// Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR
#include <linux/openat2.h>

#include "check.h"

static long open2(int dirfd, const char* path, uint64_t resolve) {
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = resolve};
  return raw(NR_openat2, dirfd, path, &how, sizeof how);
}

static bool holds(long fd, const char* want) {
  char text[256] = "";
  if (fd < 0 || raw(SYS_read, fd, text, sizeof text - 1) < 0) return false;
  raw(SYS_close, fd);
  return strncmp(text, want, strlen(want)) == 0;
}

static void make_local(const char* dir, const char* tree) {
  char command[2048];
  snprintf(command, sizeof command,
           "mkdir -p '%s%s' && printf 'local twin\\n' > '%s%s/f'", dir, tree,
           dir, tree);
  if (system(command) != 0) give_up("cannot make files in %s", dir);
}

static void flags_on(const char* tree, const char* work) {
  char* file = join(tree, "f");
  // The same name below the working directory, with another content.
  make_local(work, tree);
  int dirfd = open(work, O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(holds(open2(dirfd, file, RESOLVE_IN_ROOT), "local twin"),
        "IN_ROOT: not the file below the descriptor");
  CHECK(holds(open2(dirfd, file, 0), "this is f"), "no flag: %s", file);
  WANT(open2(dirfd, file, RESOLVE_BENEATH), -EXDEV);
  WANT(open2(AT_FDCWD, file, RESOLVE_BENEATH), -EXDEV);
  WANT(open2(dirfd, "/gone", RESOLVE_IN_ROOT), -ENOENT);
  WANT_OK(open2(dirfd, file, RESOLVE_NO_SYMLINKS));
  WANT_OK(open2(dirfd, file, RESOLVE_NO_MAGICLINKS));
  if (is_virtual(tree)) WANT(open2(AT_FDCWD, file, RESOLVE_NO_XDEV), -EXDEV);
  WANT(raw(SYS_chdir, work), 0);
  CHECK(holds(open2(AT_FDCWD, file, RESOLVE_IN_ROOT), "local twin"),
        "IN_ROOT of the working directory");
  CHECK(holds(open2(AT_FDCWD, file + 1, RESOLVE_BENEATH), "local twin"),
        "BENEATH, relative");
  WANT(raw(SYS_chdir, "/"), 0);
  close(dirfd);
  // A descriptor inside the tree.
  int inside = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(holds(open2(inside, "dir/g", RESOLVE_BENEATH), "this is dir/g"),
        "BENEATH in %s", tree);
  CHECK(holds(open2(inside, "dir/../f", RESOLVE_BENEATH), "this is f"),
        "BENEATH with .. in %s", tree);
  WANT(open2(inside, "../f", RESOLVE_BENEATH), -EXDEV);
  WANT(open2(inside, "dir/../../f", RESOLVE_BENEATH), -EXDEV);
  CHECK(holds(open2(inside, "/f", RESOLVE_IN_ROOT), "this is f"),
        "IN_ROOT in %s", tree);
  CHECK(holds(open2(inside, "../../../f", RESOLVE_IN_ROOT), "this is f"),
        "IN_ROOT with .. in %s", tree);
  CHECK(holds(open2(inside, "f", RESOLVE_NO_XDEV), "this is f"),
        "NO_XDEV in %s", tree);
  WANT(open2(inside, "gone", RESOLVE_NO_XDEV), -ENOENT);
  close(inside);
}

static void odd_structs(const char* tree) {
  char* file = join(tree, "f");

  struct {
    struct open_how how;
    uint64_t more;
  } large = {.how = {.flags = O_RDONLY | O_CLOEXEC}};

  WANT_OK(raw(NR_openat2, AT_FDCWD, file, &large, sizeof large));
  large.more = 1;
  WANT(raw(NR_openat2, AT_FDCWD, file, &large, sizeof large), -E2BIG);
  WANT(raw(NR_openat2, AT_FDCWD, file, &large, 8), -EINVAL);
  WANT(raw(NR_openat2, AT_FDCWD, file, &large, 1 << 20), -E2BIG);
  WANT(open2(AT_FDCWD, file, 1ULL << 60), -EINVAL);
  struct open_how bad = {.flags = 1ULL << 40};
  WANT(raw(NR_openat2, AT_FDCWD, file, &bad, sizeof bad), -EINVAL);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  const char* work = argument(argc, argv, 3, "work directory");
  flags_on(virtual_dir, work);
  flags_on(local_dir, work);
  odd_structs(virtual_dir);
  odd_structs(local_dir);
  return check_end();
}
