// SPDX-License-Identifier: GPL-2.0-or-later
// Row 50: a 32-bit program, with no C library. Arguments: FILE…; copies each
// file to stdout. Exit status: errno of the first open that fails.
static int call3(int number, int a, int b, int c) {
  int result = 0;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory");
  return result;
}

enum { sys_exit = 1, sys_read = 3, sys_write = 4, sys_open = 5, sys_close = 6 };

__attribute__((used)) static void copy_files(const int* stack) {
  static char buffer[65536];
  int failed = stack[0] < 2;
  for (int i = 1; i < stack[0]; ++i) {
    int fd = call3(sys_open, stack[1 + i], 0, 0);
    if (fd < 0) call3(sys_exit, -fd, 0, 0);
    int got = 0;
    while ((got = call3(sys_read, fd, (int)buffer, sizeof buffer)) > 0)
      if (call3(sys_write, 1, (int)buffer, got) != got) failed = 1;
    if (got < 0) failed = 1;
    call3(sys_close, fd, 0, 0);
  }
  call3(sys_exit, failed, 0, 0);
}

__asm__(
    ".globl _start\n"
    "_start:\n"
    "mov %esp, %eax\n"
    "and $-16, %esp\n"
    "sub $12, %esp\n"
    "push %eax\n"
    "call copy_files\n");
