// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/stopped.hh"

#include <sys/ptrace.h>

#include <cstddef>

namespace vfsrun::tracer {

namespace {

// glibc declares ptrace's arguments as void*; numbers pass through that.
void* as_pointer(std::uint64_t value) {
  return reinterpret_cast<void*>(value);  // NOLINT(performance-no-int-to-ptr)
}

Result<void> check(long result, const char* what) {
  if (result == -1) return fail_errno(what);
  return {};
}

}  // namespace

Result<void> seize(pid_t pid) {
  constexpr std::uint64_t options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                    PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                                    PTRACE_O_TRACESECCOMP |
                                    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
  return check(::ptrace(PTRACE_SEIZE, pid, nullptr, as_pointer(options)),
               "PTRACE_SEIZE");
}

Stopped::~Stopped() {
  if (tid_ > 0) std::move(*this).resume(Until::next_event);
}

Result<SyscallEntry> Stopped::syscall_entry() const {
  __ptrace_syscall_info info{};
  TRY(check(
      ::ptrace(PTRACE_GET_SYSCALL_INFO, tid_, as_pointer(sizeof info), &info),
      "PTRACE_GET_SYSCALL_INFO"));
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
    return fail(EINVAL, "not at a seccomp-stop");
  SyscallEntry entry;
  entry.abi = arch::find_abi(info.arch);
  entry.number = static_cast<long>(info.seccomp.nr);
  for (std::size_t i = 0; i < entry.arguments.size(); ++i)
    entry.arguments[i] = info.seccomp.args[i];
  return entry;
}

Result<arch::Registers> Stopped::registers() const {
  arch::Registers registers{};
  TRY(check(::ptrace(PTRACE_GETREGS, tid_, nullptr, &registers),
            "PTRACE_GETREGS"));
  return registers;
}

Result<void> Stopped::set_registers(const arch::Registers& registers) const {
  arch::Registers copy = registers;
  return check(::ptrace(PTRACE_SETREGS, tid_, nullptr, &copy),
               "PTRACE_SETREGS");
}

Result<void> Stopped::poke(std::size_t offset, std::uint64_t value) const {
  return check(
      ::ptrace(PTRACE_POKEUSER, tid_, as_pointer(offset), as_pointer(value)),
      "PTRACE_POKEUSER");
}

Result<void> Stopped::set_argument(const arch::Abi& abi, int index,
                                   std::uint64_t value) const {
  return poke(abi.argument_offset.at(static_cast<std::size_t>(index)), value);
}

Result<void> Stopped::skip_call(long result) const {
  // seccomp(2), SECCOMP_RET_TRACE: a system call number of -1 is skipped.
  TRY(poke(arch::number_offset, static_cast<std::uint64_t>(-1)));
  return set_call_result(result);
}

Result<long> Stopped::call_result() const {
  errno = 0;
  const long value =
      ::ptrace(PTRACE_PEEKUSER, tid_, as_pointer(arch::result_offset), nullptr);
  if (value == -1 && errno != 0) return fail_errno("PTRACE_PEEKUSER");
  return value;
}

Result<void> Stopped::set_call_result(long result) const {
  return poke(arch::result_offset, static_cast<std::uint64_t>(result));
}

Result<pid_t> Stopped::event_message() const {
  unsigned long message = 0;
  TRY(check(::ptrace(PTRACE_GETEVENTMSG, tid_, nullptr, &message),
            "PTRACE_GETEVENTMSG"));
  return static_cast<pid_t>(message);
}

void Stopped::resume(Until until, int signal) && noexcept {
  const pid_t tid = std::exchange(tid_, -1);
  ::ptrace(until == Until::syscall_exit ? PTRACE_SYSCALL : PTRACE_CONT, tid,
           nullptr, as_pointer(static_cast<std::uint64_t>(signal)));
}

void Stopped::listen() && noexcept {
  ::ptrace(PTRACE_LISTEN, std::exchange(tid_, -1), nullptr, nullptr);
}

}  // namespace vfsrun::tracer
