// SPDX-License-Identifier: GPL-2.0-or-later
// Row 15: ".." out of the virtual tree and back into it, by absolute paths,
// from a working directory and from descriptors in the tree; cwd names on the
// way. Arguments: VIRTUAL_DIR LOCAL_DIR
#include "check.h"

static char* ups(const char* path, int more) {
  static char text[4][4096];
  static int turn;
  char* out = text[turn++ % 4];
  out[0] = '\0';
  for (const char* at = path; *at != '\0'; ++at)
    if (*at == '/') strcat(out, "../");
  while (more-- > 0) strcat(out, "../");
  return out;
}

static char* cat3(const char* a, const char* b, const char* c) {
  char* path = NULL;
  if (asprintf(&path, "%s%s%s", a, b, c) < 0) give_up("out of memory");
  return path;
}

static void is_f(int dirfd, const char* path) {
  struct stat status;
  long got = raw(SYS_newfstatat, dirfd, path, &status, 0);
  CHECK(got == 0, "stat %s: %s", path, error_text(got));
  CHECK(holds_name(dirfd, path, "f"), "%s is another file, or none", path);
}

static void is_root(int dirfd, const char* path) {
  struct stat root;
  struct stat status;
  raw(SYS_stat, "/", &root);
  long got = raw(SYS_newfstatat, dirfd, path, &status, 0);
  CHECK(
      got == 0 && status.st_dev == root.st_dev && status.st_ino == root.st_ino,
      "%s is not / (%s)", path, error_text(got));
}

static void cwd_is(const char* want) {
  char text[4096] = "";
  long got = raw(SYS_getcwd, text, sizeof text);
  CHECK(got == (long)strlen(want) + 1 && strcmp(text, want) == 0,
        "cwd is %s (%ld), not %s", text, got, want);
}

static void out_of(const char* tree, const char* other) {
  const char* target = other + 1;
  char* dir = join(tree, "dir");
  // By absolute paths; "more" climbs above the root, where ".." is nothing.
  for (int more = 0; more < 3; ++more) {
    is_f(AT_FDCWD, cat3(cat3(tree, "/", ups(tree, more)), target, "/f"));
    is_f(AT_FDCWD, cat3(cat3(dir, "/", ups(dir, more)), target, "/f"));
    is_root(AT_FDCWD, cat3(tree, "/", ups(tree, more)));
  }
  is_f(AT_FDCWD, cat3(cat3(dir, "/./", ups(dir, 0)), other, "/f"));
  // From the working directory.
  WANT(raw(SYS_chdir, dir), 0);
  cwd_is(dir);
  is_f(AT_FDCWD, "../f");
  is_f(AT_FDCWD, "./../f");
  is_f(AT_FDCWD, "sub/../../f");
  for (int more = 0; more < 3; ++more) {
    is_f(AT_FDCWD, cat3(ups(dir, more), target, "/f"));
    is_f(AT_FDCWD, cat3("sub/", ups(dir, more + 1), cat3(target, "/", "f")));
    is_root(AT_FDCWD, ups(dir, more));
  }
  WANT(raw(SYS_chdir, ".."), 0);
  cwd_is(tree);
  is_f(AT_FDCWD, "f");
  is_f(AT_FDCWD, cat3(ups(tree, 0), target, "/f"));
  // From a descriptor; the working directory is elsewhere.
  WANT(raw(SYS_chdir, "/"), 0);
  int fds[2] = {open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                open(dir, O_PATH | O_CLOEXEC)};
  for (int i = 0; i < 2; ++i) {
    CHECK(fds[i] >= 0, "cannot open %s", dir);
    is_f(fds[i], "../f");
    is_f(fds[i], cat3(ups(dir, 0), target, "/f"));
    is_f(fds[i], cat3(ups(dir, 2), target, "/f"));
    is_root(fds[i], ups(dir, 0));
    close(fds[i]);
  }
}

/// cd .. step by step: each name on the way, "/" at the end and there it stays.
static void step_out(const char* tree) {
  char text[4096];
  snprintf(text, sizeof text, "%s/dir/sub", tree);
  WANT(raw(SYS_chdir, text), 0);
  while (strcmp(text, "/") != 0) {
    cwd_is(text);
    char* slash = strrchr(text, '/');
    slash[slash == text ? 1 : 0] = '\0';
    WANT(raw(SYS_chdir, ".."), 0);
  }
  cwd_is("/");
  is_root(AT_FDCWD, ".");
  WANT(raw(SYS_chdir, ".."), 0);
  cwd_is("/");
  // The same with fchdir: the kernel's own walk from a descriptor.
  int fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(fd >= 0 && fchdir(fd) == 0, "fchdir to %s", tree);
  cwd_is(tree);
  is_f(AT_FDCWD, "f");
  close(fd);
  WANT(raw(SYS_chdir, ups(tree, 0)), 0);
  cwd_is("/");
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  out_of(virtual_dir, local_dir);
  out_of(local_dir, virtual_dir);
  step_out(virtual_dir);
  step_out(local_dir);
  return check_end();
}
