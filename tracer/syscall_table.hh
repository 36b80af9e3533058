// SPDX-License-Identifier: GPL-2.0-or-later
// Which system calls carry names, and where. The seccomp filter is made from
// this table, so that no call is in one of the two only. Pure data.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace vfsrun::tracer {

/// (argument & mask) == value, on the argument's lower 32 bits.
struct ArgumentTest {
  std::int8_t argument = -1;  ///< -1: no test
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
};

/// Indices of a call's arguments; -1 where there is none. Without a dirfd a
/// relative path is relative to the working directory.
struct PathArgument {
  std::int8_t path = -1;
  std::int8_t dirfd = -1;
  ArgumentTest only_if{};  ///< else the argument is something else
};

/// What a row cannot say with argument indices alone.
enum class Special : std::uint8_t {
  none,
  getcwd,          ///< gives a name back: argument 0 buffer, 1 size
  readlink,        ///< may give a name back: buffer and size follow the path
  exec,            ///< becomes another program: no exit stop when it succeeds
  open_how,        ///< openat2: argument 2 is a struct open_how
  listing,         ///< getdents64: argument 0 descriptor, 1 buffer, 2 size
  socket_address,  ///< the path may be a struct sockaddr_un; then its length
  message,         ///< the path stands in a struct msghdr, as such an address
  messages,        ///< the same in an array of struct mmsghdr; then its length
  bpf_object,      ///< the path stands in a union bpf_attr; then its size
};

/// Whether a symbolic link as a name's last component is followed.
struct FollowRule {
  enum class When : std::uint8_t { always, never, unless_flag, if_flag };

  When when = When::always;
  std::int8_t argument = -1;  ///< which one holds the flag
  std::uint32_t flag = 0;
};

struct SyscallRule {
  long number;
  const char* name;
  std::array<PathArgument, 3> paths;  ///< at most two of them at a time
  /// Of all paths; but where it depends on a flag that must be set (linkat),
  /// others than the first are names to be made, never followed.
  FollowRule follow{};
  Special special = Special::none;
};

/// What happens at a call without its names being the reason.
enum class Verdict : std::uint8_t {
  pass,             ///< let through, though the call has names
  no_such_call,     ///< ENOSYS: programs fall back to other calls
  pretend_success,  ///< 0, and nothing is done
  trace_child,      ///< the tracer makes sure that the child is traced, too
  map_scratch,      ///< the tracer maps the scratch region before the call
  mount_tree,       ///< the tree is mounted before the call
  child_flags,      ///< one of the two, by flags that stand in memory
};

/// A verdict for calls that pass all tests. A call may have several rows: the
/// first that fits counts; where none does, it is traced if it has names.
struct VerdictRule {
  long number;
  const char* name;
  Verdict verdict;
  std::array<ArgumentTest, 2> tests;
};

using Arguments = std::array<std::uint64_t, 6>;

bool fits(const ArgumentTest& test, const Arguments& arguments) noexcept;
/// Whether the arguments pass all of a row's tests.
bool fits(const VerdictRule& rule, const Arguments& arguments) noexcept;

/// The calls of one architecture that matter, sorted by number.
struct SyscallTable {
  std::uint32_t audit_arch;
  std::span<const SyscallRule> rules;
  std::span<const VerdictRule> verdicts;  ///< sorted by number, too
};

/// One table for each ABI of this machine; the first is the native one.
std::span<const SyscallTable> syscall_tables() noexcept;

/// The row of a call that carries names, or null.
const SyscallRule* find_rule(std::uint32_t audit_arch, long number) noexcept;

/// The verdict on a call without names that reached the tracer; `pass` where
/// no row fits.
Verdict find_verdict(std::uint32_t audit_arch, long number,
                     const Arguments& arguments) noexcept;

}  // namespace vfsrun::tracer
