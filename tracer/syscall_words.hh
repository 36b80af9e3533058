// SPDX-License-Identifier: GPL-2.0-or-later
// Words to write the rows of syscall_rows.hh with. Pure data, for it alone.
#pragma once

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/quota.h>

#include "tracer/syscall_table.hh"

namespace vfsrun::tracer::rows {

inline constexpr std::uint32_t all_bits = 0xffffffff;

using Paths = decltype(SyscallRule::paths);

inline constexpr Paths none{};

constexpr Paths path(std::int8_t at) { return {PathArgument{at, -1}, {}}; }

constexpr Paths paths(std::int8_t first, std::int8_t second) {
  return {PathArgument{first, -1}, PathArgument{second, -1}};
}

constexpr Paths at(std::int8_t dirfd, std::int8_t path) {
  return {PathArgument{path, dirfd}, {}};
}

constexpr Paths two_at(std::int8_t dirfd, std::int8_t path,
                       std::int8_t second_dirfd, std::int8_t second_path) {
  return {PathArgument{path, dirfd}, PathArgument{second_path, second_dirfd}};
}

using When = FollowRule::When;

inline constexpr FollowRule always{};
inline constexpr FollowRule never{When::never, -1, 0};

constexpr FollowRule unless(std::int8_t argument, std::uint32_t flag) {
  return {When::unless_flag, argument, flag};
}

constexpr FollowRule only_if(std::int8_t argument, std::uint32_t flag) {
  return {When::if_flag, argument, flag};
}

constexpr ArgumentTest equals(std::int8_t argument, std::uint32_t value) {
  return {argument, all_bits, value};
}

constexpr ArgumentTest has(std::int8_t argument, std::uint32_t flag) {
  return {argument, flag, flag};
}

constexpr ArgumentTest is(std::int8_t argument, std::uint32_t mask,
                          std::uint32_t value) {
  return {argument, mask, value};
}

/// A descriptor, not AT_FDCWD: its sign bit is clear.
constexpr ArgumentTest not_negative(std::int8_t argument) {
  return {argument, 0x80000000, 0};
}

// quotactl(2): the file with the quotas is an argument of Q_QUOTAON alone.
inline constexpr Paths quota_paths{
    PathArgument{1, -1},
    PathArgument{3, -1,
                 is(0, ~std::uint32_t{SUBCMDMASK},
                    std::uint32_t{Q_QUOTAON} << SUBCMDSHIFT)}};

// bpf(2): BPF_OBJ_PIN and BPF_OBJ_GET, 6 and 7.
inline constexpr Paths bpf_path{PathArgument{1, -1, is(0, ~1U, BPF_OBJ_PIN)}};

// fsconfig(2): the value is a path, below a descriptor or not, or a text:
// "source" and overlayfs's "lowerdir" are paths, and what is none has no
// slash before a root's name.
inline constexpr Paths fsconfig_paths{
    PathArgument{3, 4, equals(1, FSCONFIG_SET_PATH)},
    PathArgument{3, 4, equals(1, FSCONFIG_SET_PATH_EMPTY)},
    PathArgument{3, -1, equals(1, FSCONFIG_SET_STRING)}};

}  // namespace vfsrun::tracer::rows
