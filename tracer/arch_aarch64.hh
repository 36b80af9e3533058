// SPDX-License-Identifier: GPL-2.0-or-later
// Where aarch64 keeps a system call: registers, numbers, instruction length.
// 32-bit ARM programs are not known: their calls pass unseen. Built by the
// tests, not yet run on such a machine.
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
  long mmap_number;
  std::size_t pointer_size;
};

inline constexpr Abi native{AUDIT_ARCH_AARCH64, 222, 8};

/// The ABI that seccomp_data.arch names, or null.
constexpr const Abi* find_abi(std::uint32_t audit_arch) {
  return audit_arch == native.audit_arch ? &native : nullptr;
}

/// Numbers from here on belong to another ABI with the same audit_arch; there
/// is none here.
constexpr std::uint32_t foreign_numbers = 0;
/// `svc #0`.
constexpr std::uint64_t syscall_instruction_size = 4;

/// syscall(2): arguments in x0 to x5, the number in x8, the result in x0.
constexpr std::size_t number_register = 8;
constexpr std::size_t result_register = 0;

inline std::uint64_t stack_pointer(const Registers& registers) {
  return registers.sp;
}

/// Bytes in a pointer of the program that these registers belong to.
inline std::size_t pointer_size(const Registers& /*registers*/) {
  return native.pointer_size;
}

constexpr long lseek_number = 62;

/// Whether a call's result comes back in this argument's register.
constexpr bool holds_result(int argument) { return argument == 0; }

inline std::uint64_t argument_of(const Registers& registers, const Abi& /*abi*/,
                                 std::size_t index) {
  return registers.regs[index];
}

/// These registers, about to enter another system call. At a seccomp-stop the
/// kernel has read the number already: Stopped::set_call() tells it.
inline Registers with_call(Registers registers, const Abi& /*abi*/, long number,
                           const std::array<std::uint64_t, 6>& arguments) {
  registers.regs[number_register] = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < arguments.size(); ++i)
    registers.regs[i] = arguments[i];
  return registers;
}

inline Registers with_result(Registers registers, long result) {
  registers.regs[result_register] = static_cast<std::uint64_t>(result);
  return registers;
}

/// Registers at a call's end with the first argument in its place again, where
/// the result stood.
inline Registers with_first_argument(Registers registers, std::uint64_t value) {
  registers.regs[0] = value;
  return registers;
}

/// Registers of a thread inside a system call, its arguments in them, set back
/// to just before the instruction: it enters the same call again.
inline Registers before_call(Registers registers) {
  registers.pc -= syscall_instruction_size;
  return registers;
}

}  // namespace vfsrun::tracer::arch
