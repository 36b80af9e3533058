// SPDX-License-Identifier: GPL-2.0-or-later
// Row 29: linked with a library that only $ORIGIN finds.
#include <stdio.h>

int origin_answer(void);

int main(void) {
  printf("%d\n", origin_answer());
  return origin_answer() == 42 ? 0 : 1;
}
