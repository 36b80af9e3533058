// SPDX-License-Identifier: GPL-2.0-or-later
// System calls with every register known before and recorded after, and with
// the stack pointer anywhere. Pure assembly: no stack is used in between.
#pragma once

#include <stddef.h>

#include "check.h"

struct registers {
  long rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
  long rsp, flags;
  long first_result;  // of recorded_call_twice
  unsigned char xmm[16][16];
};

_Static_assert(offsetof(struct registers, rsp) == 15 * 8, "used in assembly");
_Static_assert(offsetof(struct registers, first_result) == 17 * 8, "as above");
_Static_assert(offsetof(struct registers, xmm) == 18 * 8, "as above");

/// Loads all registers of `in` but rsp, makes the call twice with nothing but
/// rax set anew in between, and records all of them.
void recorded_call_twice(const struct registers* in, struct registers* out);

/// The same with one call.
void recorded_call(const struct registers* in, struct registers* out);

/// One call with the stack pointer at `stack`; nothing is pushed.
long call_on_stack(void* stack, long number, const long arguments[6]);

#define EACH_XMM(op)                                                        \
  op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) \
      op(12) op(13) op(14) op(15)
#define XMM_LOAD(n) "movdqu 144+16*" #n "(%rdi), %xmm" #n "\n"
#define XMM_STORE(n) "movdqu %xmm" #n ", 144+16*" #n "(%rcx)\n"

#define RECORDED_PROLOGUE                                                      \
  "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"    \
  "push %rsi\n"                              /* out */                         \
  "push 0(%rdi)\n"                           /* number, for the second call */ \
  "mov %rsp, 120(%rsi)\n" EACH_XMM(XMM_LOAD) /* out->rsp: as it is now */      \
      "push 128(%rdi)\n popfq\n"                                               \
      "mov 0(%rdi), %rax\n mov 8(%rdi), %rbx\n mov 24(%rdi), %rdx\n"           \
      "mov 32(%rdi), %rsi\n mov 48(%rdi), %rbp\n mov 56(%rdi), %r8\n"          \
      "mov 64(%rdi), %r9\n mov 72(%rdi), %r10\n mov 88(%rdi), %r12\n"          \
      "mov 96(%rdi), %r13\n mov 104(%rdi), %r14\n mov 112(%rdi), %r15\n"       \
      "mov 40(%rdi), %rdi\n"

// rcx and r11 are the two registers that a system call may destroy.
#define RECORDED_EPILOGUE \
  "mov 8(%rsp), %rcx\n"                                                     \
  "mov %rax, 0(%rcx)\n mov %rbx, 8(%rcx)\n mov %rdx, 24(%rcx)\n"            \
  "mov %rsi, 32(%rcx)\n mov %rdi, 40(%rcx)\n mov %rbp, 48(%rcx)\n"          \
  "mov %r8, 56(%rcx)\n mov %r9, 64(%rcx)\n mov %r10, 72(%rcx)\n"            \
  "mov %r12, 88(%rcx)\n mov %r13, 96(%rcx)\n mov %r14, 104(%rcx)\n"         \
  "mov %r15, 112(%rcx)\n"                                                   \
  "pushfq\n pop %r11\n mov %r11, 128(%rcx)\n cld\n" EACH_XMM(XMM_STORE)     \
  "mov 120(%rcx), %r11\n sub %rsp, %r11\n"   /* 0 when rsp is untouched */  \
  "mov %r11, 120(%rcx)\n"                                                   \
  "add $16, %rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n"  \
  "pop %rbx\n ret\n"

__asm__(
    ".text\n"
    ".globl recorded_call\n"
    "recorded_call:\n" RECORDED_PROLOGUE "syscall\n" RECORDED_EPILOGUE
    ".globl recorded_call_twice\n"
    "recorded_call_twice:\n" RECORDED_PROLOGUE
    "syscall\n"
    "mov 8(%rsp), %rcx\n"
    "mov %rax, 136(%rcx)\n"
    "mov 0(%rsp), %rax\n"
    "syscall\n" RECORDED_EPILOGUE
    ".globl call_on_stack\n"
    "call_on_stack:\n"
    "push %r12\n"
    "mov %rsp, %r12\n"
    "mov %rdi, %rsp\n"
    "mov %rsi, %rax\n"
    "mov %rdx, %r11\n"
    "mov 0(%r11), %rdi\n mov 8(%r11), %rsi\n mov 16(%r11), %rdx\n"
    "mov 24(%r11), %r10\n mov 32(%r11), %r8\n mov 40(%r11), %r9\n"
    "syscall\n"
    "mov %r12, %rsp\n"
    "pop %r12\n"
    "ret\n");

/// Values that no argument has, so that a swapped register shows.
static inline struct registers known_registers(long number,
                                               const long arguments[6]) {
  struct registers in;
  memset(&in, 0, sizeof in);
  in.rax = number;
  in.rdi = arguments[0];
  in.rsi = arguments[1];
  in.rdx = arguments[2];
  in.r10 = arguments[3];
  in.r8 = arguments[4];
  in.r9 = arguments[5];
  in.rbx = 0x1b1b1b1b00000001;
  in.rbp = 0x1b1b1b1b00000002;
  in.r12 = 0x1b1b1b1b00000003;
  in.r13 = 0x1b1b1b1b00000004;
  in.r14 = 0x1b1b1b1b00000005;
  in.r15 = 0x1b1b1b1b00000006;
  in.flags = 0x2 | 0x8d5 | 0x400;  // CF PF AF ZF SF OF, DF
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) in.xmm[i][j] = (unsigned char)(i * 16 + j + 1);
  return in;
}

/// All but rax, rcx and r11 are as they were.
static inline void check_registers(const char* what, const struct registers* in,
                                   const struct registers* out) {
#define SAME(name)                                                      \
  CHECK(in->name == out->name, "%s: " #name " was %#lx, is %#lx", what, \
        (unsigned long)in->name, (unsigned long)out->name)
  SAME(rbx);
  SAME(rdx);
  SAME(rsi);
  SAME(rdi);
  SAME(rbp);
  SAME(r8);
  SAME(r9);
  SAME(r10);
  SAME(r12);
  SAME(r13);
  SAME(r14);
  SAME(r15);
#undef SAME
  const long kept = 0x2 | 0x8d5 | 0x400;
  CHECK((in->flags & kept) == (out->flags & kept), "%s: flags %#lx, were %#lx",
        what, (unsigned long)out->flags, (unsigned long)in->flags);
  CHECK(out->rsp == 0, "%s: rsp moved by %ld", what, out->rsp);
  CHECK(memcmp(in->xmm, out->xmm, sizeof in->xmm) == 0, "%s: xmm registers",
        what);
}
