// SPDX-License-Identifier: GPL-2.0-or-later
// A child process with an owner.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/fd.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

/// What a child shall inherit: descriptor `from` of ours as its number `to`.
struct Inherit {
  int from;
  int to;
};

/// Owns one child: killed with SIGKILL and waited for when dropped while it
/// still runs. Any thread; waits for its own pid only.
class Child {
 public:
  /// posix_spawn(3) of `arguments[0]`, searched in PATH where it has no '/'.
  /// The child gets 0, 1, 2 from /dev/null unless `inherit` names them, every
  /// other descriptor stays out, no blocked signal and default dispositions.
  /// `environment` ("NAME=value") is added to ours.
  static Result<Child> spawn(const std::vector<std::string>& arguments,
                             const std::vector<Inherit>& inherit = {},
                             const std::vector<std::string>& environment = {});

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Waits for the end; the status as waitpid(2) gives it. ECHILD when it has
  /// been told before.
  Result<int> wait();
  /// The status if the child has ended, nothing if it still runs.
  Result<std::optional<int>> poll();
  void kill(int signal) noexcept;

  /// Leaves the child to itself: somebody else waits for it.
  [[nodiscard]] pid_t release() noexcept { return std::exchange(pid_, -1); }

 private:
  explicit Child(pid_t pid) noexcept : pid_(pid) {}

  pid_t pid_ = -1;
};

/// Full path of a program in PATH; nothing when there is none.
std::optional<std::string> find_in_path(const std::string& program);

}  // namespace vfsrun
