// SPDX-License-Identifier: GPL-2.0-or-later
// Row 29: the library that origin_program must find beside itself.
int origin_answer(void);

int origin_answer(void) { return 42; }
