// SPDX-License-Identifier: GPL-2.0-or-later
// Programs whose interpreter ("#!" line or PT_INTERP) lies in the tree. The
// kernel opens an interpreter by its literal name and answers ENOENT; then
// the thread itself is made to look at the program's head, by calls put in
// the place of its own, and to execute the interpreter. For the tracer's one
// thread; never waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/call_slots.hh"
#include "tracer/path_map.hh"
#include "tracer/program_head.hh"
#include "tracer/stopped.hh"

namespace vfsrun::tracer {

/// An execve or execveat on its way.
struct ExecAttempt {
  SyscallEntry used;    ///< arguments as the kernel got to see them
  std::string program;  ///< the name as a script shall find it in its argv
  /// Where a local program stands; empty for one in the tree.
  std::string local_path;
};

class InterpreterExec {
 public:
  /// `slot` keeps the path that the kernel got to see in its place.
  InterpreterExec(ExecAttempt attempt, std::optional<CallSlots::Lease> slot)
      : attempt_(std::move(attempt)), slot_(std::move(slot)) {}

  /// At the exit stop of the call, which has failed with ENOENT and has its
  /// own registers again. False when there is nothing to try: no such file.
  Result<bool> begin(const Stopped& stopped, std::uint64_t first_argument);

  /// At each syscall-stop after that. False when it is over: the thread goes
  /// on with the error of its call.
  Result<bool> advance(const Stopped& stopped, const PathMap& map);

  /// Once over: the call is about to be made again, and by then the gateway
  /// has to be there.
  [[nodiscard]] bool wants_gateway() const noexcept { return wants_gateway_; }

 private:
  enum class Step : std::uint8_t { map, open, read, close, execute, unmap };
  using Arguments = std::array<std::uint64_t, 6>;

  Result<bool> inject(const Stopped& stopped, Step step, long number,
                      const Arguments& arguments);
  Result<bool> open(const Stopped& stopped);
  Result<bool> look_at_head(const Stopped& stopped, const PathMap& map);
  Result<bool> descend(const Stopped& stopped, const Interpreter& interpreter,
                       const std::string& kernel_path);
  Result<bool> unmap(const Stopped& stopped);
  [[nodiscard]] std::uint64_t block() const;

  ExecAttempt attempt_;
  std::optional<CallSlots::Lease> slot_;
  arch::Registers saved_{};
  std::uint64_t first_argument_ = 0;  ///< the program's own
  Step step_ = Step::map;
  bool at_entry_ = true;
  bool wants_gateway_ = false;
  int level_ = 0;
  std::vector<std::uint64_t> argv_;  ///< addresses in the program
  std::size_t block_size_ = 0;
  std::uint64_t area_ = 0;
  long fd_ = -1;
  long head_size_ = 0;
};

}  // namespace vfsrun::tracer
