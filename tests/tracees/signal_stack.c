// SPDX-License-Identifier: GPL-2.0-or-later
// Row 7: a handler on a signal stack as small as the machine allows opens
// virtual files; the bytes on both sides of that stack stay as they were.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <signal.h>

#include "check.h"

enum { MARGIN = 16 * 1024, MARK = 0xa5 };

static const char* paths[2];
static volatile long results[2];
static volatile int runs;

static void handler(int signal_number) {
  (void)signal_number;
  for (int i = 0; i < 2; ++i) {
    long fd = raw(SYS_openat, AT_FDCWD, paths[i], O_RDONLY | O_CLOEXEC);
    results[i] = fd;
    if (fd >= 0) raw(SYS_close, fd);
  }
  ++runs;
}

int main(int argc, char** argv) {
  paths[0] = join(argument(argc, argv, 1, "virtual directory"), "f");
  paths[1] = join(argument(argc, argv, 2, "local directory"), "f");
  // 4 KiB where the signal frame leaves room in it, else the least that works.
  long least = sysconf(_SC_MINSIGSTKSZ);
  size_t size = least + 1024 > 4096 ? (size_t)least + 1024 : 4096;
  unsigned char* block = malloc(size + 2 * MARGIN);
  if (block == NULL) give_up("out of memory");
  memset(block, MARK, size + 2 * MARGIN);
  stack_t stack = {.ss_sp = block + MARGIN, .ss_size = size};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGUSR1, &action, NULL) != 0)
    give_up("sigaltstack of %zu bytes refused", size);
  for (int i = 0; i < 50; ++i) {
    results[0] = results[1] = -1;
    raise(SIGUSR1);
    CHECK(runs == i + 1, "handler ran %d times, not %d", runs, i + 1);
    WANT_OK(results[0]);
    WANT_OK(results[1]);
    for (size_t j = 0; j < MARGIN; ++j) {
      if (block[j] == MARK && block[MARGIN + size + j] == MARK) continue;
      CHECK(false, "byte %zu beside the signal stack changed", j);
      return check_end();
    }
  }
  return check_end();
}
