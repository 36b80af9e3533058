// SPDX-License-Identifier: GPL-2.0-or-later
// Registers of a stopped thread on x86_64: single words by PTRACE_POKEUSER.
#include <sys/ptrace.h>

#include <cerrno>

#include "tracer/stopped.hh"

namespace vfsrun::tracer {

namespace {

Result<void> poke(pid_t tid, std::size_t offset, std::uint64_t value) {
  return ptrace_call(PTRACE_POKEUSER, tid, offset, value, "PTRACE_POKEUSER");
}

}  // namespace

// Not PTRACE_GETREGSET: for a 32-bit program that gives other registers.
Result<arch::Registers> Stopped::registers() const {
  arch::Registers registers{};
  TRY(ptrace_call(PTRACE_GETREGS, tid_, 0,
                  reinterpret_cast<std::uint64_t>(&registers),
                  "PTRACE_GETREGS"));
  return registers;
}

Result<void> Stopped::set_registers(const arch::Registers& registers) const {
  return ptrace_call(PTRACE_SETREGS, tid_, 0,
                     reinterpret_cast<std::uint64_t>(&registers),
                     "PTRACE_SETREGS");
}

Result<void> Stopped::set_call(
    const arch::Registers& own, const arch::Abi& abi, long number,
    const std::array<std::uint64_t, 6>& arguments) const {
  return set_registers(arch::with_call(own, abi, number, arguments));
}

Result<void> Stopped::set_argument(const arch::Abi& abi, int index,
                                   std::uint64_t value) const {
  return poke(tid_, abi.argument_offset.at(static_cast<std::size_t>(index)),
              value);
}

Result<void> Stopped::set_instruction_pointer(std::uint64_t value) const {
  return poke(tid_, arch::instruction_pointer_offset, value);
}

Result<void> Stopped::skip_call(long result) const {
  // seccomp(2), SECCOMP_RET_TRACE: a system call number of -1 is skipped.
  TRY(poke(tid_, arch::number_offset, static_cast<std::uint64_t>(-1)));
  return set_call_result(result);
}

Result<long> Stopped::call_result() const {
  errno = 0;
  const long value = ::ptrace(PTRACE_PEEKUSER, tid_,
                              static_cast<long>(arch::result_offset), nullptr);
  if (value == -1 && errno != 0) return fail_errno("PTRACE_PEEKUSER");
  return value;
}

Result<void> Stopped::set_call_result(long result) const {
  return poke(tid_, arch::result_offset, static_cast<std::uint64_t>(result));
}

}  // namespace vfsrun::tracer
