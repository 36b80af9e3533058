// SPDX-License-Identifier: GPL-2.0-or-later
// Row 5: a stack that is a small block of the heap, as coroutines have it. All
// memory around the stack pointer, red zone included, keeps every byte.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include "registers.h"

enum { BLOCK = 64 * 1024 };

static unsigned char* block;
static unsigned char* image;

static void fill(void) {
  for (int i = 0; i < BLOCK; ++i) block[i] = (unsigned char)(i * 131 + i / 256);
  memcpy(image, block, BLOCK);
}

static void check_block(const char* what, int depth) {
  for (int i = 0; i < BLOCK; ++i) {
    if (block[i] == image[i]) continue;
    CHECK(false, "%s: byte at rsp%+d changed from %02x to %02x", what,
          i - depth, image[i], block[i]);
    return;
  }
  CHECK(true, "%s", what);
}

static void all_calls(const char* tree, int depth) {
  char* file = join(tree, "f");
  char* dir = join(tree, "dir");
  char* gone = join(tree, "gone");
  char* gone2 = join(tree, "gone2");
  static struct stat status;
  static char buffer[4096];
  char* no_arguments[] = {"x", NULL};

  const struct {
    const char* name;
    long number, arguments[6], want;
  } calls[] = {
      {"open", SYS_open, {(long)file, O_RDONLY | O_CLOEXEC}, 1},
      {"openat", SYS_openat, {AT_FDCWD, (long)file, O_CLOEXEC}, 1},
      {"stat", SYS_stat, {(long)file, (long)&status}, 0},
      {"stat of nothing", SYS_stat, {(long)gone, (long)&status}, -ENOENT},
      {"rename", SYS_rename, {(long)gone, (long)gone2}, -1},
      {"execve",
       SYS_execve,
       {(long)gone, (long)no_arguments, (long)environ},
       -ENOENT},
      {"chdir", SYS_chdir, {(long)dir}, 0},
      {"getcwd", SYS_getcwd, {(long)buffer, sizeof buffer}, 1},
      {"readlink",
       SYS_readlink,
       {(long)"/proc/self/cwd", (long)buffer, 4096},
       1},
      {"chdir to /", SYS_chdir, {(long)"/"}, 0},
  };

  for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i) {
    char what[256];
    snprintf(what, sizeof what, "%s in %s, %d bytes of stack", calls[i].name,
             tree, depth);
    fill();
    long got =
        call_on_stack(block + depth, calls[i].number, calls[i].arguments);
    check_block(what, depth);
    const long want = calls[i].want;
    CHECK(want == 1    ? got > 0
          : want == -1 ? got < 0
                       : got == want,
          "%s: %ld (%s)", what, got, error_text(got));
    if (i < 2 && got >= 0) raw(SYS_close, got);
  }
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  block = malloc(BLOCK);
  image = malloc(BLOCK);
  if (block == NULL || image == NULL) give_up("out of memory");
  const int depths[] = {BLOCK / 2, 128, 8, 0, BLOCK};
  for (size_t i = 0; i < sizeof depths / sizeof *depths; ++i) {
    all_calls(local_dir, depths[i]);
    all_calls(virtual_dir, depths[i]);
  }
  return check_end();
}
