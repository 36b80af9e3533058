// SPDX-License-Identifier: GPL-2.0-or-later
// Every ptrace(2) call on a stopped thread. For the tracer's one thread only:
// ptrace binds a tracee to the thread that attached it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <utility>

#include "gateway/base/result.hh"
#include "tracer/arch.hh"

namespace vfsrun::tracer {

/// A system call as its thread is about to make it.
struct SyscallEntry {
  const arch::Abi* abi = nullptr;  ///< null: not one that we know
  long number = -1;
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t instruction_pointer = 0;  ///< behind the instruction
};

enum class Until : std::uint8_t {
  next_event,    ///< PTRACE_CONT
  syscall_exit,  ///< PTRACE_SYSCALL: stop again when the current call is done
};

/// Proof that a thread stands in a ptrace-stop: the only way to its
/// registers. Every call may answer ESRCH, since SIGKILL can come at any
/// instant; the thread's end is then reported by waitpid(2). A thread that
/// is left here by an early return is resumed.
class Stopped {
 public:
  explicit Stopped(pid_t tid) noexcept : tid_(tid) {}

  Stopped(Stopped&& other) noexcept : tid_(std::exchange(other.tid_, -1)) {}

  Stopped& operator=(Stopped&& other) noexcept {
    std::swap(tid_, other.tid_);
    return *this;
  }

  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  ~Stopped();

  [[nodiscard]] pid_t tid() const noexcept { return tid_; }

  /// PTRACE_GET_SYSCALL_INFO at a seccomp-stop.
  [[nodiscard]] Result<SyscallEntry> syscall_entry() const;
  [[nodiscard]] Result<arch::Registers> registers() const;
  Result<void> set_registers(const arch::Registers& registers) const;
  /// At a seccomp-stop: the thread makes this call instead of its own, whose
  /// registers are given.
  Result<void> set_call(const arch::Registers& own, const arch::Abi& abi,
                        long number,
                        const std::array<std::uint64_t, 6>& arguments) const;
  Result<void> set_argument(const arch::Abi& abi, int index,
                            std::uint64_t value) const;
  /// At a seccomp-stop: the kernel does nothing and the program gets
  /// `result` (a value or -errno).
  Result<void> skip_call(long result) const;
  /// At a syscall-exit-stop.
  [[nodiscard]] Result<long> call_result() const;
  Result<void> set_call_result(long result) const;
  Result<void> set_instruction_pointer(std::uint64_t value) const;
  /// PTRACE_GETSIGINFO at a signal-delivery-stop: true when the kernel itself
  /// raised the signal because of what the thread did.
  [[nodiscard]] bool is_fault() const;
  /// PTRACE_GETSIGMASK: whether the thread blocks `signal`.
  [[nodiscard]] bool blocks(int signal) const;
  /// PTRACE_GETEVENTMSG: the new thread, or the former id at an exec.
  [[nodiscard]] Result<pid_t> event_message() const;

  /// From now on this thread and those that it makes stop at their end, too,
  /// with their memory still there.
  Result<void> report_ends() const;

  /// Spends the proof.
  void resume(Until until, int signal = 0) && noexcept;

  /// The thread is known to be gone: nothing is left to resume.
  void abandon() && noexcept { tid_ = -1; }

  /// PTRACE_LISTEN: stays in its group-stop until SIGCONT.
  void listen() && noexcept;

 private:
  pid_t tid_;
};

/// Any ptrace(2) request; `what` names it in the error.
Result<void> ptrace_call(int request, pid_t tid, std::uint64_t address,
                         std::uint64_t data, const char* what);

/// PTRACE_SEIZE with the options that the tracer needs. EPERM where Yama, a
/// container or another tracer forbids it.
Result<void> seize(pid_t pid);

}  // namespace vfsrun::tracer
