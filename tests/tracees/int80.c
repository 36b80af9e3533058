// SPDX-License-Identifier: GPL-2.0-or-later
// Row 50: 32-bit system calls from 64-bit code, and x32 numbers: virtual paths
// work, local ones do as natively, registers stay. Arguments: VIRTUAL_DIR
// LOCAL_DIR; copies of the names go to memory below 4 GiB.
#include <sys/mman.h>

#include "check.h"

static char* low;

static long int80(long number, long b, long c, long d) {
  long result = number;
  long rb = b;
  long rc = c;
  long rd = d;
  // r8 to r11 are lost on this way into the kernel.
  __asm__ volatile("int $0x80"
                   : "+a"(result), "+b"(rb), "+c"(rc), "+d"(rd)
                   :
                   : "r8", "r9", "r10", "r11", "memory");
  CHECK(rb == b && rc == c && rd == d, "call %ld changed its arguments",
        number);
  return (int)result;
}

static void on(const char* tree) {
  char* name = low;
  char* text = low + 4096;
  struct stat status;
  snprintf(name, 4096, "%s/f", tree);
  long fd = int80(5, (long)name, O_RDONLY, 0);  // open
  CHECK(fd >= 0, "open %s: %s", name, error_text(fd));
  memset(text, 0, 64);
  CHECK(int80(3, fd, (long)text, 63) > 0 && strcmp(text, "this is f\n") == 0,
        "read: %s", text);
  int80(6, fd, 0, 0);
  fd = int80(295, AT_FDCWD, (long)name, O_RDONLY);  // openat
  CHECK(fd >= 0, "openat %s: %s", name, error_text(fd));
  int80(6, fd, 0, 0);
  WANT(int80(33, (long)name, R_OK, 0), 0);               // access
  WANT(int80(195, (long)name, (long)text, 0), 0);        // stat64
  WANT(int80(85, (long)name, (long)text, 99), -EINVAL);  // readlink
  WANT(int80(5, 8, 0, 0), -EFAULT);
  snprintf(name, 4096, "%s/dir", tree);
  WANT(int80(12, (long)name, 0, 0), 0);                           // chdir
  WANT(int80(183, (long)text, 4096, 0), (long)strlen(name) + 1);  // getcwd
  CHECK(strcmp(text, name) == 0, "getcwd: %s", text);
  WANT(int80(183, (long)text, 4, 0), -ERANGE);
  strcpy(name, "../f");
  WANT(int80(33, (long)name, R_OK, 0), 0);
  snprintf(name, 4096, "%s/gone", tree);
  WANT(int80(5, (long)name, 0, 0), -ENOENT);
  WANT(int80(11, (long)name, 0, 0), -ENOENT);  // execve
  // The other way in is none the worse.
  WANT(raw(SYS_stat, join(tree, "f"), &status), 0);
  WANT(raw(SYS_chdir, "/"), 0);
}

int main(int argc, char** argv) {
  low = mmap(NULL, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) give_up("no memory below 4 GiB");
  on(argument(argc, argv, 2, "local directory"));
  on(argument(argc, argv, 1, "virtual directory"));
  // Debian's kernel and many others know no x32; under vfsrun none does.
  struct stat status;
  WANT(raw(SYS_stat | 0x40000000, "/", &status), -ENOSYS);
  return check_end();
}
