// SPDX-License-Identifier: GPL-2.0-or-later
// Where x86_64 keeps a system call: registers, offsets, numbers, instruction
// length; for its own programs and for i386 ones, whose calls (int $0x80)
// 64-bit code can make too.
#pragma once

#include <linux/audit.h>
#include <sys/user.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace vfsrun::tracer::arch {

using Registers = user_regs_struct;

/// One way of calling the kernel.
struct Abi {
  std::uint32_t audit_arch;
  /// Offsets for PTRACE_POKEUSER, by argument index (syscall(2)).
  std::array<std::size_t, 6> argument_offset;
  long mmap_number;
  std::size_t pointer_size;
};

inline constexpr Abi native{
    AUDIT_ARCH_X86_64,
    {offsetof(user_regs_struct, rdi), offsetof(user_regs_struct, rsi),
     offsetof(user_regs_struct, rdx), offsetof(user_regs_struct, r10),
     offsetof(user_regs_struct, r8), offsetof(user_regs_struct, r9)},
    9,
    8};
inline constexpr Abi compat{
    AUDIT_ARCH_I386,
    {offsetof(user_regs_struct, rbx), offsetof(user_regs_struct, rcx),
     offsetof(user_regs_struct, rdx), offsetof(user_regs_struct, rsi),
     offsetof(user_regs_struct, rdi), offsetof(user_regs_struct, rbp)},
    192,  // mmap2; its offset is 0 here, so pages or bytes
    4};

/// The ABI that seccomp_data.arch names, or null.
constexpr const Abi* find_abi(std::uint32_t audit_arch) {
  if (audit_arch == native.audit_arch) return &native;
  if (audit_arch == compat.audit_arch) return &compat;
  return nullptr;
}

/// Numbers from here on belong to another ABI with the same audit_arch: x32.
constexpr std::uint32_t foreign_numbers = 0x40000000;
/// `syscall` and `int $0x80` are both two bytes long.
constexpr std::uint64_t syscall_instruction_size = 2;

constexpr std::size_t number_offset = offsetof(user_regs_struct, orig_rax);
constexpr std::size_t result_offset = offsetof(user_regs_struct, rax);
constexpr std::size_t instruction_pointer_offset =
    offsetof(user_regs_struct, rip);

inline std::uint64_t stack_pointer(const Registers& registers) {
  return registers.rsp;
}

/// Bytes in a pointer of the program that these registers belong to.
inline std::size_t pointer_size(const Registers& registers) {
  constexpr unsigned long long user32_code = 0x23;  // __USER32_CS
  return (registers.cs == user32_code ? compat : native).pointer_size;
}

/// Of the native ABI.
constexpr long lseek_number = 8;

/// Whether a call's result comes back in this argument's register.
constexpr bool holds_result(int /*argument*/) { return false; }

inline std::uint64_t argument_of(const Registers& registers, const Abi& abi,
                                 std::size_t index) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(&registers);
  return *reinterpret_cast<const unsigned long long*>(
      bytes + abi.argument_offset.at(index));
}

/// These registers, about to enter another system call.
inline Registers with_call(Registers registers, const Abi& abi, long number,
                           const std::array<std::uint64_t, 6>& arguments) {
  registers.orig_rax = static_cast<unsigned long long>(number);
  auto* const bytes = reinterpret_cast<std::byte*>(&registers);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    *reinterpret_cast<unsigned long long*>(bytes + abi.argument_offset[i]) =
        arguments[i];
  }
  return registers;
}

inline Registers with_result(Registers registers, long result) {
  registers.rax = static_cast<unsigned long long>(result);
  return registers;
}

/// Registers at a call's end with the first argument in its place again, where
/// the result stood.
inline Registers with_first_argument(const Registers& registers,
                                     std::uint64_t /*value*/) {
  return registers;  // results have a register of their own
}

/// Registers of a thread inside a system call, its arguments in them, set back
/// to just before the instruction: it enters the same call again.
inline Registers before_call(Registers registers) {
  registers.rip -= syscall_instruction_size;
  registers.rax = registers.orig_rax;
  // -1: the kernel must not think of restarting what was there before.
  registers.orig_rax = static_cast<unsigned long long>(-1);
  return registers;
}

}  // namespace vfsrun::tracer::arch
