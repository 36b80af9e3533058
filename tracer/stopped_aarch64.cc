// SPDX-License-Identifier: GPL-2.0-or-later
// Registers of a stopped thread on aarch64: whole sets by PTRACE_GETREGSET and
// PTRACE_SETREGSET. The number of the call that a thread is about to make is a
// set of its own (NT_ARM_SYSTEM_CALL); changing x8 would come too late.
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracer/stopped.hh"

namespace vfsrun::tracer {

namespace {

template <class Set>
Result<void> transfer(int request, pid_t tid, std::uint64_t type, Set& set,
                      const char* what) {
  iovec part{&set, sizeof set};
  return ptrace_call(request, tid, type, reinterpret_cast<std::uint64_t>(&part),
                     what);
}

Result<void> set_number(pid_t tid, long number) {
  int value = static_cast<int>(number);
  return transfer(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, value,
                  "NT_ARM_SYSTEM_CALL");
}

}  // namespace

Result<arch::Registers> Stopped::registers() const {
  arch::Registers registers{};
  TRY(transfer(PTRACE_GETREGSET, tid_, NT_PRSTATUS, registers,
               "PTRACE_GETREGSET"));
  return registers;
}

Result<void> Stopped::set_registers(const arch::Registers& registers) const {
  arch::Registers copy = registers;
  return transfer(PTRACE_SETREGSET, tid_, NT_PRSTATUS, copy,
                  "PTRACE_SETREGSET");
}

Result<void> Stopped::set_call(
    const arch::Registers& own, const arch::Abi& abi, long number,
    const std::array<std::uint64_t, 6>& arguments) const {
  TRY(set_registers(arch::with_call(own, abi, number, arguments)));
  return set_number(tid_, number);
}

Result<void> Stopped::set_argument(const arch::Abi& /*abi*/, int index,
                                   std::uint64_t value) const {
  arch::Registers changed = TRY(registers());
  changed.regs[index] = value;
  return set_registers(changed);
}

Result<void> Stopped::set_instruction_pointer(std::uint64_t value) const {
  arch::Registers changed = TRY(registers());
  changed.pc = value;
  return set_registers(changed);
}

Result<void> Stopped::skip_call(long result) const {
  TRY(set_number(tid_, -1));
  return set_call_result(result);
}

Result<long> Stopped::call_result() const {
  return static_cast<long>(TRY(registers()).regs[arch::result_register]);
}

Result<void> Stopped::set_call_result(long result) const {
  return set_registers(arch::with_result(TRY(registers()), result));
}

}  // namespace vfsrun::tracer
