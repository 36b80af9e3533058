// SPDX-License-Identifier: GPL-2.0-or-later
// Row 10: strings whose last byte is the last of a page before a hole, strings
// across two and three pages, at every offset around the edge.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <sys/mman.h>

#include "check.h"

static void at_edge(const char* tree) {
  char* file = join(tree, "dir/g");
  size_t length = strlen(file) + 1;
  char* pages = mmap(NULL, 3 * 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) give_up("mmap failed");
  char* hole = pages + 8192;
  munmap(hole, 4096);
  char* last = hole - length;
  memcpy(last, file, length);
  mprotect(pages, 8192, PROT_READ);
  struct stat status;
  CHECK(holds_name(AT_FDCWD, last, "dir/g"), "%s at the end of a page", file);
  WANT(raw(SYS_stat, last, &status), 0);
  WANT(raw(SYS_faccessat, AT_FDCWD, last, R_OK), 0);
  WANT(raw(SYS_faccessat, AT_FDCWD, last + length - 1, R_OK), -ENOENT);
  mprotect(pages, 8192, 3);
  for (size_t offset = 0; offset <= length + 1; ++offset) {
    char* across = pages + 4096 - offset;
    memcpy(across, file, length);
    WANT(raw(SYS_stat, across, &status), 0);
  }
  munmap(pages, 8192);
}

/// A valid path of almost a page, the padding being "/" and "./".
static void long_across_pages(const char* tree) {
  char* pages = mmap(NULL, 3 * 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) give_up("mmap failed");
  char* start = pages + 100;
  size_t length = (size_t)sprintf(start, "%s/", tree);
  while (length < 3500) length += (size_t)sprintf(start + length, "./");
  length += (size_t)sprintf(start + length, "dir/g");
  for (int shift = 0; shift < 4096; shift += 509) {
    memmove(pages + 100 + shift, start, length + 1);
    start = pages + 100 + shift;
    CHECK(holds_name(AT_FDCWD, start, "dir/g"), "%zu bytes at page offset %ld",
          length, (long)((start - pages) % 4096));
  }
  munmap(pages, 3 * 4096);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  at_edge(local_dir);
  at_edge(virtual_dir);
  long_across_pages(local_dir);
  long_across_pages(virtual_dir);
  return check_end();
}
