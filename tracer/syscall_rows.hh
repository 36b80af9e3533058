// SPDX-License-Identifier: GPL-2.0-or-later
// Every call that carries names, with its number in each ABI: what
// syscall_table_ARCH.cc makes its tables of. Pure data, for those files alone.
#pragma once

#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <algorithm>

#include "tracer/syscall_words.hh"

namespace vfsrun::tracer::rows {

/// Indices of Numbers.
enum class Abi : std::uint8_t { x86_64, i386, aarch64 };

/// Of arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl, and of
/// include/uapi/asm-generic/unistd.h; written out, because the C library's
/// headers end before the kernel's newest calls.
using Numbers = std::array<long, 3>;

inline constexpr long no = -1;  ///< the ABI lacks the call

constexpr Numbers all(long number) { return {number, number, number}; }

struct Call {
  Numbers numbers;
  const char* name;
  Paths paths;
  FollowRule follow;
  Special special;
};

constexpr Call call(Numbers numbers, const char* name, Paths paths,
                    FollowRule follow = always,
                    Special special = Special::none) {
  return {numbers, name, paths, follow, special};
}

// symlink's first argument is text that is kept as it is, not a name to look
// up.
inline constexpr std::array calls{
    call({2, 5, no}, "open", path(0), unless(1, O_NOFOLLOW)),
    call({4, 106, no}, "stat", path(0)),
    call({6, 107, no}, "lstat", path(0), never),
    call({21, 33, no}, "access", path(0)),
    call({42, 362, 203}, "connect", path(1), always, Special::socket_address),
    call({44, 369, 206}, "sendto", path(4), always, Special::socket_address),
    call({46, 370, 211}, "sendmsg", path(1), always, Special::message),
    call({49, 361, 200}, "bind", path(1), always, Special::socket_address),
    call({59, 11, 221}, "execve", path(0), always, Special::exec),
    call({76, 92, 45}, "truncate", path(0)),
    call({79, 183, 17}, "getcwd", none, always, Special::getcwd),
    call({80, 12, 49}, "chdir", path(0)),
    call({82, 38, no}, "rename", paths(0, 1), never),
    call({83, 39, no}, "mkdir", path(0), never),
    call({84, 40, no}, "rmdir", path(0), never),
    call({85, 8, no}, "creat", path(0)),
    call({86, 9, no}, "link", paths(0, 1), never),
    call({87, 10, no}, "unlink", path(0), never),
    call({88, 83, no}, "symlink", path(1), never),
    call({89, 85, no}, "readlink", path(0), never, Special::readlink),
    call({90, 15, no}, "chmod", path(0)),
    call({92, 212, no}, "chown", path(0)),
    call({94, 198, no}, "lchown", path(0), never),
    call({132, 30, no}, "utime", path(0)),
    call({133, 14, no}, "mknod", path(0), never),
    call({137, 99, 43}, "statfs", path(0)),
    call({155, 217, 41}, "pivot_root", paths(0, 1)),
    call({161, 61, 51}, "chroot", path(0)),
    call({163, 51, 89}, "acct", path(0)),
    call({165, 21, 40}, "mount", paths(0, 1)),
    call({166, 52, 39}, "umount2", path(0), unless(1, UMOUNT_NOFOLLOW)),
    call({167, 87, 224}, "swapon", path(0)),
    call({168, 115, 225}, "swapoff", path(0)),
    call({179, 131, 60}, "quotactl", quota_paths),
    call({188, 226, 5}, "setxattr", path(0)),
    call({189, 227, 6}, "lsetxattr", path(0), never),
    call({191, 229, 8}, "getxattr", path(0)),
    call({192, 230, 9}, "lgetxattr", path(0), never),
    call({194, 232, 11}, "listxattr", path(0)),
    call({195, 233, 12}, "llistxattr", path(0), never),
    call({197, 235, 14}, "removexattr", path(0)),
    call({198, 236, 15}, "lremovexattr", path(0), never),
    call({217, no, 61}, "getdents64", none, always, Special::listing),
    call({235, 271, no}, "utimes", path(0)),
    call({254, 292, 27}, "inotify_add_watch", path(1),
         unless(2, IN_DONT_FOLLOW)),
    call({257, 295, 56}, "openat", at(0, 1), unless(2, O_NOFOLLOW)),
    call({258, 296, 34}, "mkdirat", at(0, 1), never),
    call({259, 297, 33}, "mknodat", at(0, 1), never),
    call({260, 298, 54}, "fchownat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW)),
    call({261, 299, no}, "futimesat", at(0, 1)),
    call({262, no, 79}, "newfstatat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)),
    call({263, 301, 35}, "unlinkat", at(0, 1), never),
    call({264, 302, 38}, "renameat", two_at(0, 1, 2, 3), never),
    call({265, 303, 37}, "linkat", two_at(0, 1, 2, 3),
         only_if(4, AT_SYMLINK_FOLLOW)),
    call({266, 304, 36}, "symlinkat", at(1, 2), never),
    call({267, 305, 78}, "readlinkat", at(0, 1), never, Special::readlink),
    call({268, 306, 53}, "fchmodat", at(0, 1)),
    call({269, 307, 48}, "faccessat", at(0, 1)),
    call({280, 320, 88}, "utimensat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)),
    call({301, no, 263}, "fanotify_mark", at(3, 4),
         unless(1, FAN_MARK_DONT_FOLLOW)),
    call({303, 341, 264}, "name_to_handle_at", at(0, 1),
         only_if(4, AT_SYMLINK_FOLLOW)),
    call({307, 345, 269}, "sendmmsg", path(1), always, Special::messages),
    call({316, 353, 276}, "renameat2", two_at(0, 1, 2, 3), never),
    call({321, 357, 280}, "bpf", bpf_path, always, Special::bpf_object),
    call({322, 358, 281}, "execveat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW),
         Special::exec),
    call({332, 383, 291}, "statx", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    // Only of 32-bit programs. The mask of their fanotify_mark takes two
    // arguments.
    call({no, 16, no}, "lchown16", path(0), never),
    call({no, 18, no}, "oldstat", path(0)),
    call({no, 22, no}, "umount", path(0)),
    call({no, 84, no}, "oldlstat", path(0), never),
    call({no, 182, no}, "chown16", path(0)),
    call({no, 193, no}, "truncate64", path(0)),
    call({no, 195, no}, "stat64", path(0)),
    call({no, 196, no}, "lstat64", path(0), never),
    call({no, 268, no}, "statfs64", path(0)),
    call({no, 300, no}, "fstatat64", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)),
    call({no, 339, no}, "fanotify_mark", at(4, 5),
         unless(1, FAN_MARK_DONT_FOLLOW)),
    call({no, 412, no}, "utimensat_time64", at(0, 1),
         unless(3, AT_SYMLINK_NOFOLLOW)),
    // From number 424 on calls have one number everywhere.
    call(all(428), "open_tree", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(429), "move_mount", two_at(0, 1, 2, 3),
         only_if(4, MOVE_MOUNT_F_SYMLINKS)),
    call(all(431), "fsconfig", fsconfig_paths),
    call(all(433), "fspick", at(0, 1), unless(2, FSPICK_SYMLINK_NOFOLLOW)),
    call(all(437), "openat2", at(0, 1), always, Special::open_how),
    call(all(439), "faccessat2", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)),
    call(all(442), "mount_setattr", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(452), "fchmodat2", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)),
    call(all(463), "setxattrat", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(464), "getxattrat", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(465), "listxattrat", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(466), "removexattrat", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(467), "open_tree_attr", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)),
    call(all(468), "file_getattr", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW)),
    call(all(469), "file_setattr", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW)),
};

struct Judged {
  Numbers numbers;
  const char* name;
  Verdict verdict;
  std::array<ArgumentTest, 2> tests;
};

constexpr Judged judge(Numbers numbers, const char* name, Verdict verdict,
                       std::array<ArgumentTest, 2> tests) {
  return {numbers, name, verdict, tests};
}

// - fstat(3) is newfstatat(fd, "", buffer, AT_EMPTY_PATH) in glibc 2.33 and
//   later: by far the most frequent call with a name, and it names nothing.
// - A child made with CLONE_UNTRACED would have nobody to answer for it: its
//   path calls would all fail with ENOSYS (seccomp(2)).
//   clone3(2) has its flags in memory, where a filter cannot look.
// - A new mount namespace has the mounts that are there when it is made.
// - send(2) is sendto(2) without an address.
// - A filter of the program's own may kill it for an mmap, so the scratch
//   region is there before.
// - An undumpable program's memory cannot be read by an ordinary user's tracer.
// - io_uring opens names without a system call.
inline constexpr std::array verdicts{
    judge({44, 369, 206}, "sendto", Verdict::pass, {equals(5, 0)}),
    judge({56, 120, 220}, "clone", Verdict::trace_child,
          {has(0, CLONE_UNTRACED)}),
    judge({56, 120, 220}, "clone", Verdict::mount_tree, {has(0, CLONE_NEWNS)}),
    judge({157, 172, 167}, "prctl", Verdict::pretend_success,
          {equals(0, PR_SET_DUMPABLE), equals(1, 0)}),
    judge({157, 172, 167}, "prctl", Verdict::map_scratch,
          {equals(0, PR_SET_SECCOMP)}),
    judge({262, 300, 79}, "newfstatat", Verdict::pass,
          {not_negative(0), equals(3, AT_EMPTY_PATH)}),
    judge({272, 310, 97}, "unshare", Verdict::mount_tree,
          {has(0, CLONE_NEWNS)}),
    judge({317, 354, 277}, "seccomp", Verdict::map_scratch,
          {equals(0, SECCOMP_SET_MODE_FILTER)}),
    judge({332, 383, 291}, "statx", Verdict::pass,
          {not_negative(0), equals(2, AT_EMPTY_PATH)}),
    judge(all(425), "io_uring_setup", Verdict::no_such_call, {}),
    judge(all(435), "clone3", Verdict::child_flags, {}),
};

constexpr SyscallRule in_abi(const Call& call, long number) {
  return {number, call.name, call.paths, call.follow, call.special};
}

constexpr VerdictRule in_abi(const Judged& judged, long number) {
  return {number, judged.name, judged.verdict, judged.tests};
}

/// The rows that an ABI has, as SyscallTable wants them: sorted by number.
/// Rows of the same number keep their order.
template <Abi abi, const auto& all_rows>
consteval auto rows_of() {
  constexpr auto column = static_cast<std::size_t>(abi);
  constexpr auto lacking = [](const auto& row) {
    return row.numbers[column] == no;
  };
  constexpr std::size_t count =
      all_rows.size() -
      static_cast<std::size_t>(std::ranges::count_if(all_rows, lacking));
  std::array<decltype(in_abi(all_rows[0], 0)), count> found{};
  std::size_t size = 0;
  for (const auto& row : all_rows) {
    if (lacking(row)) continue;
    // Insertion: std::stable_sort is not constexpr.
    std::size_t place = size++;
    for (; place > 0 && found[place - 1].number > row.numbers[column]; --place)
      found[place] = found[place - 1];
    found[place] = in_abi(row, row.numbers[column]);
  }
  return found;
}

}  // namespace vfsrun::tracer::rows
