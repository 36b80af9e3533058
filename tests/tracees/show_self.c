// SPDX-License-Identifier: GPL-2.0-or-later
// Rows 29, 30: prints by which names a program knows itself.
#include <sys/auxv.h>

#include "check.h"

int main(int argc, char** argv) {
  char text[4096];
  printf("argc=%d\n", argc);
  for (int i = 0; i < argc; ++i) printf("argv%d=%s\n", i, argv[i]);
  unsigned long name = getauxval(AT_EXECFN);
  printf("execfn=%s\n", name != 0 ? (const char*)name : "none");
  long got = raw(SYS_readlink, "/proc/self/exe", text, sizeof text - 1);
  text[got > 0 ? got : 0] = '\0';
  printf("exe=%s\n", text);
  got = raw(SYS_getcwd, text, sizeof text);
  printf("cwd=%s\n", got > 0 ? text : error_text(got));
  return 0;
}
