// SPDX-License-Identifier: GPL-2.0-or-later
// The machine that this is built for: where it keeps a system call. Only
// stopped_ARCH.cc and the tables of system calls know more than stands there.
#pragma once

#if defined(__x86_64__)
#include "tracer/arch_x86_64.hh"
#elif defined(__aarch64__)
#include "tracer/arch_aarch64.hh"
#else
#error "vfsrun knows no system calls of this machine"
#endif
