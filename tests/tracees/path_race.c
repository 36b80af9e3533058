// SPDX-License-Identifier: GPL-2.0-or-later
// A thread changes a path while another gives it to the kernel: each call means
// one of the names that stood there, or fails as a name that is in between
// does. Memory that comes and goes gives EFAULT. Arguments: VIRTUAL_DIR
// LOCAL_DIR [ROUNDS]
#include <pthread.h>
#include <sys/mman.h>

#include "check.h"

static char* shared;
static char* names[2];
static atomic_bool over;

/// Now the one name, now the other; now and then the page is not there.
static void* change(void* unused) {
  (void)unused;
  for (unsigned i = 0; !atomic_load(&over); ++i) {
    if (i % 64 == 0) {
      mprotect(shared, 4096, PROT_NONE);
      mprotect(shared, 4096, PROT_READ | PROT_WRITE);
    }
    memcpy(shared, names[i % 2], strlen(names[i % 2]) + 1);
  }
  return NULL;
}

/// What a name between the two may say: a part of one and the rest of the
/// other is no file.
static bool expected(long error) {
  return error == -ENOENT || error == -EFAULT || error == -ENOTDIR ||
         error == -EACCES;
}

int main(int argc, char** argv) {
  names[0] = join(argument(argc, argv, 1, "virtual directory"), "f");
  names[1] = join(argument(argc, argv, 2, "local directory"), "f");
  const int rounds = argc > 3 ? atoi(argv[3]) : 20000;
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
  if (shared == MAP_FAILED) give_up("mmap failed");
  strcpy(shared, names[0]);
  pthread_t thread;
  pthread_create(&thread, NULL, change, NULL);
  int opened = 0;
  // A busy machine may catch the change at each single call for long.
  for (int i = 0; i < rounds || (opened == 0 && i < 20 * rounds); ++i) {
    struct stat status;
    long got = raw(SYS_openat, AT_FDCWD, shared, O_RDONLY | O_CLOEXEC);
    if (got >= 0) {
      ++opened;
      char text[32];
      long size = raw(SYS_pread64, got, text, sizeof text, 0);
      CHECK(size == 10 && memcmp(text, "this is f\n", 10) == 0,
            "round %d: another file, %ld bytes", i, size);
      raw(SYS_close, got);
    } else {
      CHECK(expected(got), "round %d: open: %s", i, error_text(got));
    }
    got = raw(SYS_stat, shared, &status);
    CHECK(got == 0 ? status.st_size == 10 : expected(got), "round %d: stat: %s",
          i, error_text(got));
    got = raw(SYS_rename, shared, shared);
    CHECK(got == 0 || got == -EROFS || got == -EXDEV || got == -EBUSY ||
              expected(got),
          "round %d: rename: %s", i, error_text(got));
  }
  atomic_store(&over, true);
  pthread_join(thread, NULL);
  CHECK(opened > 0, "never opened in %d rounds", rounds);
  return check_end();
}
