// SPDX-License-Identifier: GPL-2.0-or-later
// Where x86_64 keeps a system call: registers, offsets, instruction length.
#pragma once

#include <linux/audit.h>
#include <sys/user.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace vfsrun::tracer::arch {

using Registers = user_regs_struct;

constexpr std::uint32_t audit_arch = AUDIT_ARCH_X86_64;
/// Set in the numbers of the x32 ABI, which shares audit_arch.
constexpr std::uint32_t x32_bit = 0x40000000;
/// `syscall` and `int $0x80` are both two bytes long.
constexpr std::uint64_t syscall_instruction_size = 2;

/// Offsets for PTRACE_POKEUSER, by argument index (syscall(2), "x86-64").
constexpr std::array<std::size_t, 6> argument_offset{
    offsetof(user_regs_struct, rdi), offsetof(user_regs_struct, rsi),
    offsetof(user_regs_struct, rdx), offsetof(user_regs_struct, r10),
    offsetof(user_regs_struct, r8),  offsetof(user_regs_struct, r9)};
constexpr std::size_t number_offset = offsetof(user_regs_struct, orig_rax);
constexpr std::size_t result_offset = offsetof(user_regs_struct, rax);

inline std::uint64_t stack_pointer(const Registers& registers) {
  return registers.rsp;
}

inline long result(const Registers& registers) {
  return static_cast<long>(registers.rax);
}

/// These registers, about to enter another system call.
inline Registers with_call(Registers registers, long number,
                           const std::array<std::uint64_t, 6>& arguments) {
  registers.orig_rax = static_cast<unsigned long long>(number);
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.r8 = arguments[4];
  registers.r9 = arguments[5];
  return registers;
}

/// Registers of a thread inside a system call, set back to just before the
/// instruction: it enters the same call again.
inline Registers before_call(Registers registers) {
  registers.rip -= syscall_instruction_size;
  registers.rax = registers.orig_rax;
  // -1: the kernel must not think of restarting what was there before.
  registers.orig_rax = static_cast<unsigned long long>(-1);
  return registers;
}

}  // namespace vfsrun::tracer::arch
