// SPDX-License-Identifier: GPL-2.0-or-later
// Row 6: the stack pointer next to a guard page, at the bottom of [stack], and
// where there is no memory at all: a system call needs no stack.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <sys/mman.h>

#include "registers.h"

static void calls_at(const char* what, void* stack, const char* tree) {
  char* file = join(tree, "f");
  char* gone = join(tree, "gone");
  static struct stat status;
  const long to_open[6] = {AT_FDCWD, (long)file, O_RDONLY | O_CLOEXEC};
  const long to_stat[6] = {(long)file, (long)&status};
  const long to_rename[6] = {(long)gone, (long)file};
  long fd = call_on_stack(stack, SYS_openat, to_open);
  CHECK(fd >= 0, "%s: openat in %s: %s", what, tree, error_text(fd));
  if (fd >= 0) raw(SYS_close, fd);
  long got = call_on_stack(stack, SYS_stat, to_stat);
  CHECK(got == 0, "%s: stat in %s: %s", what, tree, error_text(got));
  got = call_on_stack(stack, SYS_rename, to_rename);
  CHECK(got == -ENOENT || (got == -EROFS && is_virtual(tree)),
        "%s: rename in %s: %s", what, tree, error_text(got));
}

static char* lowest_of_stack(void) {
  FILE* maps = fopen("/proc/self/maps", "re");
  if (maps == NULL) give_up("no /proc/self/maps");
  char line[512];
  unsigned long start = 0;
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, "[stack]") != NULL) sscanf(line, "%lx", &start);
  fclose(maps);
  if (start == 0) give_up("no [stack] in /proc/self/maps");
  return (char*)start;
}

int main(int argc, char** argv) {
  const char* trees[2] = {argument(argc, argv, 2, "local directory"),
                          argument(argc, argv, 1, "virtual directory")};
  char* pages =
      mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + 4096, 4096, 3) != 0)
    give_up("mmap failed");
  char* page = pages + 4096;
  for (int i = 0; i < 2; ++i) {
    calls_at("64 bytes above a guard page", page + 64, trees[i]);
    calls_at("on the edge of a guard page", page, trees[i]);
    calls_at("inside a guard page", page - 64, trees[i]);
    calls_at("at the end of the page", page + 4096, trees[i]);
    calls_at("at the bottom of [stack]", lowest_of_stack(), trees[i]);
    calls_at("64 above the bottom of [stack]", lowest_of_stack() + 64,
             trees[i]);
    calls_at("at address 8", (void*)8, trees[i]);
    calls_at("at a non-canonical address", (void*)0x8000000000000000, trees[i]);
  }
  for (int i = 0; i < 4096; ++i)
    if (!CHECK(page[i] == 0, "byte %d of the page was written", i)) break;
  return check_end();
}
