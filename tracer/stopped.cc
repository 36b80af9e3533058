// SPDX-License-Identifier: GPL-2.0-or-later
// The part that is the same on every machine.
#include "tracer/stopped.hh"

#include <sys/ptrace.h>

#include <csignal>

namespace vfsrun::tracer {

namespace {

// glibc declares ptrace's arguments as void*; numbers pass through that.
void* as_pointer(std::uint64_t value) {
  return reinterpret_cast<void*>(value);  // NOLINT(performance-no-int-to-ptr)
}

std::uint64_t as_number(void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

}  // namespace

Result<void> ptrace_call(int request, pid_t tid, std::uint64_t address,
                         std::uint64_t data, const char* what) {
  if (::ptrace(static_cast<__ptrace_request>(request), tid, as_pointer(address),
               as_pointer(data)) == -1)
    return fail_errno(what);
  return {};
}

namespace {

constexpr std::uint64_t options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                  PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                                  PTRACE_O_TRACESECCOMP |
                                  PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;

}  // namespace

Result<void> Stopped::report_ends() const {
  return ptrace_call(PTRACE_SETOPTIONS, tid_, 0, options | PTRACE_O_TRACEEXIT,
                     "PTRACE_SETOPTIONS");
}

Result<void> seize(pid_t pid) {
  return ptrace_call(PTRACE_SEIZE, pid, 0, options, "PTRACE_SEIZE");
}

Stopped::~Stopped() {
  if (tid_ > 0) std::move(*this).resume(Until::next_event);
}

Result<SyscallEntry> Stopped::syscall_entry() const {
  __ptrace_syscall_info info{};
  TRY(ptrace_call(PTRACE_GET_SYSCALL_INFO, tid_, sizeof info, as_number(&info),
                  "PTRACE_GET_SYSCALL_INFO"));
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
    return fail(EINVAL, "not at a seccomp-stop");
  SyscallEntry entry;
  entry.abi = arch::find_abi(info.arch);
  entry.number = static_cast<long>(info.seccomp.nr);
  entry.instruction_pointer = info.instruction_pointer;
  for (std::size_t i = 0; i < entry.arguments.size(); ++i)
    entry.arguments[i] = info.seccomp.args[i];
  return entry;
}

bool Stopped::is_fault() const {
  siginfo_t info{};
  return ptrace_call(PTRACE_GETSIGINFO, tid_, 0, as_number(&info),
                     "PTRACE_GETSIGINFO") &&
         info.si_code > 0;
}

bool Stopped::blocks(int signal) const {
  std::uint64_t mask = 0;  // the kernel's sigset_t, bit 0 for signal 1
  return ptrace_call(PTRACE_GETSIGMASK, tid_, sizeof mask, as_number(&mask),
                     "PTRACE_GETSIGMASK") &&
         (mask >> (signal - 1) & 1) != 0;
}

Result<pid_t> Stopped::event_message() const {
  unsigned long message = 0;
  TRY(ptrace_call(PTRACE_GETEVENTMSG, tid_, 0, as_number(&message),
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
