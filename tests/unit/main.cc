// SPDX-License-Identifier: GPL-2.0-or-later
// The only definition of doctest's main: every unit-test binary links it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
