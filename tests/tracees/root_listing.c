// SPDX-License-Identifier: GPL-2.0-or-later
// ls /: the virtual roots stand once each beside the real entries, whatever the
// size of the buffer, however the directory is read and by how many at once.
// Arguments: DIRECTORY NAME… (the names that must be there besides the others)
#include <dirent.h>

#include "check.h"

enum { MOST = 4096 };

struct listing {
  int count;
  char names[MOST][256];
  long places[MOST];
};

struct entry {
  uint64_t inode;
  int64_t place;
  unsigned short length;
  unsigned char type;
  char name[];
};

/// All entries by getdents64 with a buffer of that size.
static void read_all(int fd, struct listing* list, size_t size) {
  char* buffer = malloc(size);
  list->count = 0;
  for (;;) {
    long got = raw(SYS_getdents64, fd, buffer, size);
    CHECK(got >= 0, "getdents64 with %zu bytes: %s", size, error_text(got));
    if (got <= 0) break;
    for (long at = 0; at < got;) {
      const struct entry* entry = (const struct entry*)(buffer + at);
      CHECK(entry->length >= 24 && entry->length % 8 == 0 && entry->inode != 0,
            "entry %s: length %d", entry->name, entry->length);
      if (list->count == MOST || entry->length == 0) give_up("too many names");
      snprintf(list->names[list->count], 256, "%s", entry->name);
      list->places[list->count++] = entry->place;
      at += entry->length;
    }
  }
  long again = raw(SYS_getdents64, fd, buffer, size);
  CHECK(again == 0, "after the end: %ld", again);
  free(buffer);
}

static int times(const struct listing* list, const char* name) {
  int count = 0;
  for (int i = 0; i < list->count; ++i)
    if (strcmp(list->names[i], name) == 0) ++count;
  return count;
}

static void check_names(const struct listing* list, char** names,
                        const char* what) {
  for (; *names != NULL; ++names)
    CHECK(times(list, *names) == 1, "%s: %s is there %d times", what, *names,
          times(list, *names));
  for (int i = 0; i < list->count; ++i)
    CHECK(times(list, list->names[i]) == 1, "%s: %s is there %d times", what,
          list->names[i], times(list, list->names[i]));
}

static void seek(const char* path, const struct listing* all) {
  DIR* dir = opendir(path);
  if (dir == NULL) give_up("opendir %s: %m", path);
  static struct listing list;
  struct dirent* entry = NULL;
  for (list.count = 0; (entry = readdir(dir)) != NULL; ++list.count) {
    snprintf(list.names[list.count], 256, "%s", entry->d_name);
    list.places[list.count] = telldir(dir);
  }
  CHECK(list.count == all->count, "readdir: %d names, not %d", list.count,
        all->count);
  for (int i = list.count - 2; i >= 0; --i) {
    seekdir(dir, list.places[i]);
    entry = readdir(dir);
    CHECK(entry != NULL && strcmp(entry->d_name, list.names[i + 1]) == 0,
          "after seekdir to %d: %s, not %s", i,
          entry != NULL ? entry->d_name : "the end", list.names[i + 1]);
  }
  for (int round = 0; round < 3; ++round) {
    rewinddir(dir);
    int count = 0;
    while (readdir(dir) != NULL) ++count;
    CHECK(count == list.count, "rewound: %d names, not %d", count, list.count);
  }
  closedir(dir);
}

static void two_readers(const char* path, const struct listing* all) {
  DIR* dirs[2] = {opendir(path), opendir(path)};
  if (dirs[0] == NULL || dirs[1] == NULL) give_up("opendir %s: %m", path);
  int counts[2] = {0, 0};
  for (bool more = true; more;) {
    more = false;
    for (int i = 0; i < 2; ++i)
      if (readdir(dirs[i]) != NULL) {
        ++counts[i];
        more = true;
      }
  }
  CHECK(counts[0] == all->count && counts[1] == all->count,
        "two readers: %d and %d names, not %d", counts[0], counts[1],
        all->count);
  closedir(dirs[0]);
  closedir(dirs[1]);
}

int main(int argc, char** argv) {
  static struct listing all;
  static struct listing list;
  const char* path = argument(argc, argv, 1, "directory");
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  read_all(fd, &all, 65536);
  check_names(&all, argv + 2, "large buffer");
  const size_t sizes[] = {280, 288, 304, 336, 512, 1000, 4096, 32768};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    char what[64];
    WANT(raw(SYS_lseek, fd, 0, SEEK_SET), 0);
    read_all(fd, &list, sizes[i]);
    snprintf(what, sizeof what, "%zu bytes", sizes[i]);
    check_names(&list, argv + 2, what);
    CHECK(list.count == all.count, "%s: %d names, not %d", what, list.count,
          all.count);
  }
  WANT(raw(SYS_lseek, fd, 0, SEEK_SET), 0);
  WANT(raw(SYS_getdents64, fd, 8, 4096), -EFAULT);
  // Too small for any name.
  char tiny[16];
  WANT(raw(SYS_lseek, fd, 0, SEEK_SET), 0);
  WANT(raw(SYS_getdents64, fd, tiny, sizeof tiny), -EINVAL);
  // A duplicate shares the place; another open does not.
  WANT(raw(SYS_lseek, fd, 0, SEEK_SET), 0);
  int copy = dup(fd);
  read_all(copy, &list, 4096);
  WANT(raw(SYS_getdents64, fd, tiny, 0) <= 0, 1);
  CHECK(list.count == all.count, "by a duplicate: %d", list.count);
  close(copy);
  close(fd);
  seek(path, &all);
  two_readers(path, &all);
  for (char** name = argv + 2; *name != NULL; ++name) {
    struct stat status;
    WANT(raw(SYS_stat, join(path, *name), &status), 0);
    CHECK(S_ISDIR(status.st_mode), "%s is no directory", *name);
  }
  return check_end();
}
