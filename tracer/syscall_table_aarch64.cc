// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "tracer/arch.hh"
#include "tracer/syscall_rows.hh"

namespace vfsrun::tracer {

namespace {

using namespace rows;

// Numbers of include/uapi/asm-generic/unistd.h: calls that take a descriptor
// to start from, and none of those that they replace.
constexpr std::array native_rows{
    SyscallRule{5, "setxattr", path(0)},
    SyscallRule{6, "lsetxattr", path(0), never},
    SyscallRule{8, "getxattr", path(0)},
    SyscallRule{9, "lgetxattr", path(0), never},
    SyscallRule{11, "listxattr", path(0)},
    SyscallRule{12, "llistxattr", path(0), never},
    SyscallRule{14, "removexattr", path(0)},
    SyscallRule{15, "lremovexattr", path(0), never},
    SyscallRule{17, "getcwd", none, always, Special::getcwd},
    SyscallRule{27, "inotify_add_watch", path(1), unless(2, IN_DONT_FOLLOW)},
    SyscallRule{33, "mknodat", at(0, 1), never},
    SyscallRule{34, "mkdirat", at(0, 1), never},
    SyscallRule{35, "unlinkat", at(0, 1), never},
    SyscallRule{36, "symlinkat", at(1, 2), never},
    SyscallRule{37, "linkat", two_at(0, 1, 2, 3),
                only_if(4, AT_SYMLINK_FOLLOW)},
    SyscallRule{38, "renameat", two_at(0, 1, 2, 3), never},
    SyscallRule{39, "umount2", path(0), unless(1, UMOUNT_NOFOLLOW)},
    SyscallRule{40, "mount", paths(0, 1)},
    SyscallRule{41, "pivot_root", paths(0, 1)},
    SyscallRule{43, "statfs", path(0)},
    SyscallRule{45, "truncate", path(0)},
    SyscallRule{48, "faccessat", at(0, 1)},
    SyscallRule{49, "chdir", path(0)},
    SyscallRule{51, "chroot", path(0)},
    SyscallRule{53, "fchmodat", at(0, 1)},
    SyscallRule{54, "fchownat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{56, "openat", at(0, 1), unless(2, O_NOFOLLOW)},
    SyscallRule{60, "quotactl", quota_paths},
    SyscallRule{61, "getdents64", none, always, Special::listing},
    SyscallRule{78, "readlinkat", at(0, 1), never, Special::readlink},
    SyscallRule{79, "newfstatat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{88, "utimensat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{89, "acct", path(0)},
    SyscallRule{200, "bind", path(1), always, Special::socket_address},
    SyscallRule{203, "connect", path(1), always, Special::socket_address},
    SyscallRule{206, "sendto", path(4), always, Special::socket_address},
    SyscallRule{211, "sendmsg", path(1), always, Special::message},
    SyscallRule{221, "execve", path(0), always, Special::exec},
    SyscallRule{224, "swapon", path(0)},
    SyscallRule{225, "swapoff", path(0)},
    SyscallRule{263, "fanotify_mark", at(3, 4),
                unless(1, FAN_MARK_DONT_FOLLOW)},
    SyscallRule{264, "name_to_handle_at", at(0, 1),
                only_if(4, AT_SYMLINK_FOLLOW)},
    SyscallRule{269, "sendmmsg", path(1), always, Special::messages},
    SyscallRule{276, "renameat2", two_at(0, 1, 2, 3), never},
    SyscallRule{280, "bpf", bpf_path, always, Special::bpf_object},
    SyscallRule{281, "execveat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW),
                Special::exec},
    SyscallRule{291, "statx", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)},
};

constexpr auto table = join(native_rows, common_rows);

static_assert(std::ranges::is_sorted(table, {}, &SyscallRule::number));

// For the reasons see syscall_table_x86_64.cc.
constexpr std::array native_verdicts{
    VerdictRule{79,
                "newfstatat",
                Verdict::pass,
                {not_negative(0), equals(3, AT_EMPTY_PATH)}},
    VerdictRule{97, "unshare", Verdict::mount_tree, {has(0, CLONE_NEWNS)}},
    VerdictRule{167,
                "prctl",
                Verdict::pretend_success,
                {equals(0, PR_SET_DUMPABLE), equals(1, 0)}},
    VerdictRule{
        167, "prctl", Verdict::map_scratch, {equals(0, PR_SET_SECCOMP)}},
    VerdictRule{206, "sendto", Verdict::pass, {equals(5, 0)}},
    VerdictRule{220, "clone", Verdict::trace_child, {has(0, CLONE_UNTRACED)}},
    VerdictRule{220, "clone", Verdict::mount_tree, {has(0, CLONE_NEWNS)}},
    VerdictRule{277,
                "seccomp",
                Verdict::map_scratch,
                {equals(0, SECCOMP_SET_MODE_FILTER)}},
    VerdictRule{291,
                "statx",
                Verdict::pass,
                {not_negative(0), equals(2, AT_EMPTY_PATH)}},
    VerdictRule{425, "io_uring_setup", Verdict::no_such_call, {}},
    VerdictRule{435, "clone3", Verdict::child_flags, {}},
};

const SyscallTable native_calls{arch::native.audit_arch, table,
                                native_verdicts};

}  // namespace

std::span<const SyscallTable> syscall_tables() noexcept {
  static const std::array tables{native_calls};
  return tables;
}

}  // namespace vfsrun::tracer
