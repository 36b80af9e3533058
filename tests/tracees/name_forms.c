// SPDX-License-Identifier: GPL-2.0-or-later
// Rows 12, 13, 14, 17: the many spellings of one virtual path, and those that
// only look like one.
// Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR
#include "check.h"

static const char* tree;  // "/http/host"
static char first[256];   // "/http"
static const char* rest;  // "host"
static const char* last;  // last component of tree

__attribute__((format(printf, 1, 2))) static char* text(const char* format,
                                                        ...) {
  char* result = NULL;
  va_list list;
  va_start(list, format);
  if (vasprintf(&result, format, list) < 0) give_up("out of memory");
  va_end(list);
  return result;
}

static void split(const char* dir) {
  tree = dir;
  const char* slash = strchr(dir + 1, '/');
  if (dir[0] != '/' || slash == NULL) give_up("%s: not of the form /a/b", dir);
  snprintf(first, sizeof first, "%.*s", (int)(slash - dir), dir);
  rest = slash + 1;
  last = strrchr(dir, '/') + 1;
}

static void is_file(int dirfd, const char* path) {
  struct stat status;
  long got = raw(SYS_newfstatat, dirfd, path, &status, 0);
  CHECK(got == 0, "stat %s: %s", path, error_text(got));
  CHECK(holds_name(dirfd, path, "f"), "%s is another file, or none", path);
  WANT(raw(SYS_faccessat, dirfd, path, R_OK), 0);
}

static void spellings(void) {
  is_file(AT_FDCWD, text("%s/f", tree));
  is_file(AT_FDCWD, text("/%s//%s/f", first, rest));
  is_file(AT_FDCWD, text("///%s///%s///f", first, rest));
  is_file(AT_FDCWD, text("/.%s/%s/f", first, rest));
  is_file(AT_FDCWD, text("/././/.%s/%s/f", first, rest));
  is_file(AT_FDCWD, text("/..%s/%s/f", first, rest));
  is_file(AT_FDCWD, text("/../..//.%s/%s/f", first, rest));
  is_file(AT_FDCWD, text("%s/./%s/f", first, rest));
  is_file(AT_FDCWD, text("%s/../%s/f", tree, last));
  is_file(AT_FDCWD, text("%s/..%s/%s/f", first, first, rest));
  is_file(AT_FDCWD, text("%s/./f", tree));
  is_file(AT_FDCWD, text("%s//f", tree));
  is_file(AT_FDCWD, text("%s/dir/../f", tree));
  is_file(AT_FDCWD, text("%s/dir/sub/../../f", tree));
  is_file(AT_FDCWD, text("/usr/..%s/%s/f", first, rest));
  is_file(AT_FDCWD, text("/usr/lib/../..%s/%s/f", first, rest));
  is_file(AT_FDCWD, text("/usr/./../etc/..%s/%s/f", first, rest));
}

static void endings(void) {
  struct stat status;
  WANT(raw(SYS_stat, text("%s/f/", tree), &status), -ENOTDIR);
  WANT(raw(SYS_stat, text("%s/f/.", tree), &status), -ENOTDIR);
  WANT(raw(SYS_stat, text("%s/f/..", tree), &status), -ENOTDIR);
  WANT(raw(SYS_stat, text("%s/f/x", tree), &status), -ENOTDIR);
  WANT(raw(SYS_stat, text("%s/f/../f", tree), &status), -ENOTDIR);
  WANT(raw(SYS_open, text("%s/f/", tree), O_RDONLY), -ENOTDIR);
  const char* directories[] = {
      "%s/dir",         "%s/dir/", "%s/dir/.", "%s/dir//", "%s/dir/sub/..",
      "%s/dir/sub/../", "%s",      "%s/",      "%s/.",     "%s/dir/.."};
  for (size_t i = 0; i < sizeof directories / sizeof *directories; ++i) {
    char path[512];
    snprintf(path, sizeof path, directories[i], tree);
    long got = raw(SYS_stat, path, &status);
    CHECK(got == 0 && S_ISDIR(status.st_mode), "%s: %s, mode %o", path,
          error_text(got), got == 0 ? status.st_mode : 0);
  }
}

static void relative(void) {
  int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int usr = open("/usr", O_PATH | O_CLOEXEC);
  WANT(raw(SYS_chdir, "/"), 0);
  is_file(AT_FDCWD, text("%s/%s/f", first + 1, rest));
  is_file(AT_FDCWD, text("./%s/%s/f", first + 1, rest));
  is_file(AT_FDCWD, text(".//%s/%s/f", first + 1, rest));
  is_file(AT_FDCWD, text("../%s/%s/f", first + 1, rest));
  is_file(AT_FDCWD, text("usr/../%s/%s/f", first + 1, rest));
  is_file(root, text("%s/%s/f", first + 1, rest));
  is_file(root, text("./%s/%s/f", first + 1, rest));
  is_file(root, text("../%s/%s/f", first + 1, rest));
  is_file(usr, text("../%s/%s/f", first + 1, rest));
  is_file(usr, text("./../%s/%s/f", first + 1, rest));
  is_file(usr, text("lib/../../%s/%s/f", first + 1, rest));
  WANT(raw(SYS_chdir, "/usr"), 0);
  is_file(AT_FDCWD, text("../%s/%s/f", first + 1, rest));
  struct stat status;
  WANT(raw(SYS_newfstatat, usr, text("%s/%s/f", first + 1, rest), &status, 0),
       -ENOENT);
  WANT(raw(SYS_stat, text("%s/%s/f", first + 1, rest), &status), -ENOENT);
  // An absolute path makes the kernel forget the descriptor, good or not.
  is_file(usr, text("%s/f", tree));
  is_file(999, text("%s/f", tree));
  is_file(-5, text("%s/f", tree));
  WANT(raw(SYS_newfstatat, 999, "f", &status, 0), -EBADF);
  WANT(raw(SYS_newfstatat, 999, first + 1, &status, 0), -EBADF);
  WANT(raw(SYS_newfstatat, 999, "../f", &status, 0), -EBADF);
  int file = open(text("%s/f", tree), O_RDONLY | O_CLOEXEC);
  WANT(raw(SYS_newfstatat, file, "f", &status, 0), -ENOTDIR);
  WANT(raw(SYS_newfstatat, file, "../f", &status, 0), -ENOTDIR);
  WANT(raw(SYS_chdir, "/"), 0);
  close(root);
  close(usr);
  close(file);
}

static void through_links(const char* work) {
  struct stat status;
  // /tmp/l/.. is /usr when l leads to /usr/lib: to drop "l/.." would be wrong.
  char* lib = join(work, "lib");
  char* beside = join(work, "beside");
  raw(SYS_unlink, lib);
  raw(SYS_unlink, beside);
  WANT(raw(SYS_symlink, "/usr/share", lib), 0);
  WANT(raw(SYS_symlink, "/usr", beside), 0);
  WANT(raw(SYS_stat, text("%s/../%s/%s/f", lib, first + 1, rest), &status),
       -ENOENT);
  is_file(AT_FDCWD, text("%s/../%s/%s/f", beside, first + 1, rest));
  is_file(AT_FDCWD, text("%s/../../%s/%s/f", lib, first + 1, rest));
  // Nothing lies beside a file that one gets to through it.
  WANT(raw(SYS_stat, text("/etc/passwd/../..%s/%s/f", first, rest), &status),
       -ENOTDIR);
  WANT(raw(SYS_stat, text("/etc/gone/../..%s/%s/f", first, rest), &status),
       -ENOENT);
}

static void look_alikes(const char* local, const char* work) {
  struct stat status;
  WANT(raw(SYS_stat, text("%sx/%s/f", first, rest), &status), -ENOENT);
  WANT(raw(SYS_stat, text("%s-/%s/f", first, rest), &status), -ENOENT);
  WANT(raw(SYS_stat, text("%s.d", first), &status), -ENOENT);
  WANT(raw(SYS_stat, "/HTTP/x", &status), -ENOENT);
  WANT(raw(SYS_stat, "/htt", &status), -ENOENT);
  WANT(raw(SYS_open, "/Http", O_RDONLY), -ENOENT);
  // A local directory of that name is a local directory.
  char* inner = text("%s%s", work, first);
  mkdir(inner, 0755);
  char* file = join(inner, "f");
  int fd = open(file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  CHECK(write(fd, "local\n", 6) == 6, "cannot write %s", file);
  close(fd);
  char got[64];
  WANT(read_file(AT_FDCWD, file, got, sizeof got), 6);
  WANT(raw(SYS_chdir, work), 0);
  WANT(read_file(AT_FDCWD, text("%s/f", first + 1), got, sizeof got), 6);
  WANT(read_file(AT_FDCWD, text("./%s/../%s/f", first + 1, first + 1), got,
                 sizeof got),
       6);
  int dirfd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  WANT(read_file(dirfd, text("%s/f", first + 1), got, sizeof got), 6);
  close(dirfd);
  WANT(raw(SYS_chdir, "/"), 0);
  CHECK(holds_name(AT_FDCWD, join(local, "f"), "f"), "the local file");
  WANT(raw(SYS_open, "", O_RDONLY), -ENOENT);
  WANT(raw(SYS_stat, "", &status), -ENOENT);
}

int main(int argc, char** argv) {
  split(argument(argc, argv, 1, "virtual directory"));
  const char* local = argument(argc, argv, 2, "local directory");
  const char* work = argument(argc, argv, 3, "work directory");
  spellings();
  endings();
  relative();
  through_links(work);
  look_alikes(local, work);
  return check_end();
}
