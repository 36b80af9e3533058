// SPDX-License-Identifier: GPL-2.0-or-later
// Which system calls carry names, and where. The seccomp filter is made from
// this table, so that no call is in one of the two only. Pure data.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace vfsrun::tracer {

/// Indices of a call's arguments; -1 where there is none. Without a dirfd a
/// relative path is relative to the working directory.
struct PathArgument {
  std::int8_t path = -1;
  std::int8_t dirfd = -1;
};

/// What a row cannot say with argument indices alone.
enum class Special : std::uint8_t {
  none,
  getcwd,    ///< gives a name back: argument 0 buffer, 1 size
  readlink,  ///< may give a name back: buffer and size follow the path
  exec,      ///< becomes another program: no exit stop when it succeeds
  open_how,  ///< openat2: argument 2 is a struct open_how
};

struct SyscallRule {
  long number;
  const char* name;
  std::array<PathArgument, 2> paths;  ///< rename and link have two
  Special special = Special::none;
};

/// Every call that the tracer looks at, sorted by number.
std::span<const SyscallRule> syscall_rules() noexcept;

/// The row of `number`, or null.
const SyscallRule* find_rule(long number) noexcept;

}  // namespace vfsrun::tracer
