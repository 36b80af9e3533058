// SPDX-License-Identifier: GPL-2.0-or-later
// Row 21: opendir, openat and fstatat through a directory's descriptor, fts and
// seekdir give the same names, types and contents as in the local copy.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <dirent.h>
#include <fts.h>

#include "check.h"

static int by_name(const FTSENT** a, const FTSENT** b) {
  return strcmp((*a)->fts_name, (*b)->fts_name);
}

/// One line for each entry below the tree.
static char* walk(const char* tree, int options) {
  char* out = NULL;
  size_t size = 0;
  FILE* text = open_memstream(&out, &size);
  char* roots[] = {(char*)tree, NULL};
  FTS* fts = fts_open(roots, options, by_name);
  if (fts == NULL) give_up("fts_open %s: %m", tree);
  for (FTSENT* entry; (entry = fts_read(fts)) != NULL;) {
    if (strncmp(entry->fts_path, tree, strlen(tree)) != 0)
      fprintf(text, "outside: %s\n", entry->fts_path);
    fprintf(text, "%d %s\n", entry->fts_info, entry->fts_path + strlen(tree));
  }
  fts_close(fts);
  fclose(text);
  return out;
}

static void compare_walks(const char* tree, const char* local) {
  const int options[] = {FTS_PHYSICAL, FTS_PHYSICAL | FTS_NOCHDIR,
                         FTS_LOGICAL | FTS_NOCHDIR};
  for (size_t i = 0; i < sizeof options / sizeof *options; ++i) {
    char* ours = walk(tree, options[i]);
    char* theirs = walk(local, options[i]);
    CHECK(strcmp(ours, theirs) == 0, "fts of %s:\n%swanted:\n%s", tree, ours,
          theirs);
    free(ours);
    free(theirs);
  }
}

static void by_descriptor(const char* tree) {
  char* path = join(tree, "dir");
  DIR* dir = opendir(path);
  if (dir == NULL) {
    CHECK(false, "opendir %s: %m", path);
    return;
  }
  struct stat status;
  WANT(raw(SYS_newfstatat, dirfd(dir), "g", &status, 0), 0);
  WANT(raw(SYS_newfstatat, dirfd(dir), "gone", &status, 0), -ENOENT);
  CHECK(holds_name(dirfd(dir), "g", "dir/g"), "openat g");
  CHECK(holds_name(dirfd(dir), "sub/h", "dir/sub/h"), "openat sub/h");
  CHECK(holds_name(dirfd(dir), "../f", "f"), "openat ../f");
  int sub = openat(dirfd(dir), "sub", O_PATH | O_CLOEXEC);
  CHECK(holds_name(sub, "h", "dir/sub/h"), "openat h by an O_PATH descriptor");
  close(sub);
  char seen[16][256];
  long places[16];
  int count = 0;
  for (struct dirent* entry; count < 16 && (entry = readdir(dir)) != NULL;) {
    snprintf(seen[count], sizeof seen[count], "%s", entry->d_name);
    places[count++] = telldir(dir);
    if (strcmp(entry->d_name, "g") == 0)
      CHECK(entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN,
            "type of g: %d", entry->d_type);
    if (strcmp(entry->d_name, "sub") == 0)
      CHECK(entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN,
            "type of sub: %d", entry->d_type);
  }
  CHECK(count == 4, "%s has %d names, not 4", path, count);
  for (int i = 0; i + 1 < count; ++i) {
    seekdir(dir, places[i]);
    struct dirent* entry = readdir(dir);
    CHECK(entry != NULL && strcmp(entry->d_name, seen[i + 1]) == 0,
          "after seekdir: %s, not %s", entry ? entry->d_name : "the end",
          seen[i + 1]);
  }
  rewinddir(dir);
  struct dirent* first = readdir(dir);
  CHECK(first != NULL && strcmp(first->d_name, seen[0]) == 0, "rewinddir");
  closedir(dir);
  WANT(raw(SYS_open, join(tree, "f"), O_RDONLY | O_DIRECTORY), -ENOTDIR);
  WANT(raw(SYS_open, path, O_WRONLY), -EISDIR);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  compare_walks(virtual_dir, local_dir);
  compare_walks(join(virtual_dir, "dir"), join(local_dir, "dir"));
  by_descriptor(virtual_dir);
  by_descriptor(local_dir);
  return check_end();
}
