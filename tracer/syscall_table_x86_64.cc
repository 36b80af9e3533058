// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <algorithm>

#include "tracer/arch.hh"
#include "tracer/syscall_rows.hh"

namespace vfsrun::tracer {

namespace {

using namespace rows;

// Numbers of arch/x86/entry/syscalls/syscall_64.tbl; written out, because
// the C library's headers end before the kernel's newest calls. symlink's
// first argument is text that is kept as it is, not a name to look up.
constexpr std::array native_rows{
    SyscallRule{2, "open", path(0), unless(1, O_NOFOLLOW)},
    SyscallRule{4, "stat", path(0)},
    SyscallRule{6, "lstat", path(0), never},
    SyscallRule{21, "access", path(0)},
    SyscallRule{42, "connect", path(1), always, Special::socket_address},
    SyscallRule{44, "sendto", path(4), always, Special::socket_address},
    SyscallRule{46, "sendmsg", path(1), always, Special::message},
    SyscallRule{49, "bind", path(1), always, Special::socket_address},
    SyscallRule{59, "execve", path(0), always, Special::exec},
    SyscallRule{76, "truncate", path(0)},
    SyscallRule{79, "getcwd", none, always, Special::getcwd},
    SyscallRule{80, "chdir", path(0)},
    SyscallRule{82, "rename", paths(0, 1), never},
    SyscallRule{83, "mkdir", path(0), never},
    SyscallRule{84, "rmdir", path(0), never},
    SyscallRule{85, "creat", path(0)},
    SyscallRule{86, "link", paths(0, 1), never},
    SyscallRule{87, "unlink", path(0), never},
    SyscallRule{88, "symlink", path(1), never},
    SyscallRule{89, "readlink", path(0), never, Special::readlink},
    SyscallRule{90, "chmod", path(0)},
    SyscallRule{92, "chown", path(0)},
    SyscallRule{94, "lchown", path(0), never},
    SyscallRule{132, "utime", path(0)},
    SyscallRule{133, "mknod", path(0), never},
    SyscallRule{137, "statfs", path(0)},
    SyscallRule{155, "pivot_root", paths(0, 1)},
    SyscallRule{161, "chroot", path(0)},
    SyscallRule{163, "acct", path(0)},
    SyscallRule{165, "mount", paths(0, 1)},
    SyscallRule{166, "umount2", path(0), unless(1, UMOUNT_NOFOLLOW)},
    SyscallRule{167, "swapon", path(0)},
    SyscallRule{168, "swapoff", path(0)},
    SyscallRule{179, "quotactl", quota_paths},
    SyscallRule{188, "setxattr", path(0)},
    SyscallRule{189, "lsetxattr", path(0), never},
    SyscallRule{191, "getxattr", path(0)},
    SyscallRule{192, "lgetxattr", path(0), never},
    SyscallRule{194, "listxattr", path(0)},
    SyscallRule{195, "llistxattr", path(0), never},
    SyscallRule{197, "removexattr", path(0)},
    SyscallRule{198, "lremovexattr", path(0), never},
    SyscallRule{217, "getdents64", none, always, Special::listing},
    SyscallRule{235, "utimes", path(0)},
    SyscallRule{254, "inotify_add_watch", path(1), unless(2, IN_DONT_FOLLOW)},
    SyscallRule{257, "openat", at(0, 1), unless(2, O_NOFOLLOW)},
    SyscallRule{258, "mkdirat", at(0, 1), never},
    SyscallRule{259, "mknodat", at(0, 1), never},
    SyscallRule{260, "fchownat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{261, "futimesat", at(0, 1)},
    SyscallRule{262, "newfstatat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{263, "unlinkat", at(0, 1), never},
    SyscallRule{264, "renameat", two_at(0, 1, 2, 3), never},
    SyscallRule{265, "linkat", two_at(0, 1, 2, 3),
                only_if(4, AT_SYMLINK_FOLLOW)},
    SyscallRule{266, "symlinkat", at(1, 2), never},
    SyscallRule{267, "readlinkat", at(0, 1), never, Special::readlink},
    SyscallRule{268, "fchmodat", at(0, 1)},
    SyscallRule{269, "faccessat", at(0, 1)},
    SyscallRule{280, "utimensat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{301, "fanotify_mark", at(3, 4),
                unless(1, FAN_MARK_DONT_FOLLOW)},
    SyscallRule{303, "name_to_handle_at", at(0, 1),
                only_if(4, AT_SYMLINK_FOLLOW)},
    SyscallRule{307, "sendmmsg", path(1), always, Special::messages},
    SyscallRule{316, "renameat2", two_at(0, 1, 2, 3), never},
    SyscallRule{321, "bpf", bpf_path, always, Special::bpf_object},
    SyscallRule{322, "execveat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW),
                Special::exec},
    SyscallRule{332, "statx", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)},
};

constexpr auto table = join(native_rows, common_rows);

static_assert(std::ranges::is_sorted(table, {}, &SyscallRule::number));

// Numbers of arch/x86/entry/syscalls/syscall_32.tbl.
constexpr std::array i386_rows{
    SyscallRule{5, "open", path(0), unless(1, O_NOFOLLOW)},
    SyscallRule{8, "creat", path(0)},
    SyscallRule{9, "link", paths(0, 1), never},
    SyscallRule{10, "unlink", path(0), never},
    SyscallRule{11, "execve", path(0), always, Special::exec},
    SyscallRule{12, "chdir", path(0)},
    SyscallRule{14, "mknod", path(0), never},
    SyscallRule{15, "chmod", path(0)},
    SyscallRule{16, "lchown16", path(0), never},
    SyscallRule{18, "oldstat", path(0)},
    SyscallRule{21, "mount", paths(0, 1)},
    SyscallRule{22, "umount", path(0)},
    SyscallRule{30, "utime", path(0)},
    SyscallRule{33, "access", path(0)},
    SyscallRule{38, "rename", paths(0, 1), never},
    SyscallRule{39, "mkdir", path(0), never},
    SyscallRule{40, "rmdir", path(0), never},
    SyscallRule{51, "acct", path(0)},
    SyscallRule{52, "umount2", path(0), unless(1, UMOUNT_NOFOLLOW)},
    SyscallRule{61, "chroot", path(0)},
    SyscallRule{83, "symlink", path(1), never},
    SyscallRule{84, "oldlstat", path(0), never},
    SyscallRule{85, "readlink", path(0), never, Special::readlink},
    SyscallRule{87, "swapon", path(0)},
    SyscallRule{92, "truncate", path(0)},
    SyscallRule{99, "statfs", path(0)},
    SyscallRule{106, "stat", path(0)},
    SyscallRule{107, "lstat", path(0), never},
    SyscallRule{115, "swapoff", path(0)},
    SyscallRule{131, "quotactl", quota_paths},
    SyscallRule{182, "chown16", path(0)},
    SyscallRule{183, "getcwd", none, always, Special::getcwd},
    SyscallRule{193, "truncate64", path(0)},
    SyscallRule{195, "stat64", path(0)},
    SyscallRule{196, "lstat64", path(0), never},
    SyscallRule{198, "lchown", path(0), never},
    SyscallRule{212, "chown", path(0)},
    SyscallRule{217, "pivot_root", paths(0, 1)},
    SyscallRule{226, "setxattr", path(0)},
    SyscallRule{227, "lsetxattr", path(0), never},
    SyscallRule{229, "getxattr", path(0)},
    SyscallRule{230, "lgetxattr", path(0), never},
    SyscallRule{232, "listxattr", path(0)},
    SyscallRule{233, "llistxattr", path(0), never},
    SyscallRule{235, "removexattr", path(0)},
    SyscallRule{236, "lremovexattr", path(0), never},
    SyscallRule{268, "statfs64", path(0)},
    SyscallRule{271, "utimes", path(0)},
    SyscallRule{292, "inotify_add_watch", path(1), unless(2, IN_DONT_FOLLOW)},
    SyscallRule{295, "openat", at(0, 1), unless(2, O_NOFOLLOW)},
    SyscallRule{296, "mkdirat", at(0, 1), never},
    SyscallRule{297, "mknodat", at(0, 1), never},
    SyscallRule{298, "fchownat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{299, "futimesat", at(0, 1)},
    SyscallRule{300, "fstatat64", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{301, "unlinkat", at(0, 1), never},
    SyscallRule{302, "renameat", two_at(0, 1, 2, 3), never},
    SyscallRule{303, "linkat", two_at(0, 1, 2, 3),
                only_if(4, AT_SYMLINK_FOLLOW)},
    SyscallRule{304, "symlinkat", at(1, 2), never},
    SyscallRule{305, "readlinkat", at(0, 1), never, Special::readlink},
    SyscallRule{306, "fchmodat", at(0, 1)},
    SyscallRule{307, "faccessat", at(0, 1)},
    SyscallRule{320, "utimensat", at(0, 1), unless(3, AT_SYMLINK_NOFOLLOW)},
    // The mask before them takes two arguments.
    SyscallRule{339, "fanotify_mark", at(4, 5),
                unless(1, FAN_MARK_DONT_FOLLOW)},
    SyscallRule{341, "name_to_handle_at", at(0, 1),
                only_if(4, AT_SYMLINK_FOLLOW)},
    SyscallRule{345, "sendmmsg", path(1), always, Special::messages},
    SyscallRule{353, "renameat2", two_at(0, 1, 2, 3), never},
    SyscallRule{357, "bpf", bpf_path, always, Special::bpf_object},
    SyscallRule{358, "execveat", at(0, 1), unless(4, AT_SYMLINK_NOFOLLOW),
                Special::exec},
    SyscallRule{361, "bind", path(1), always, Special::socket_address},
    SyscallRule{362, "connect", path(1), always, Special::socket_address},
    SyscallRule{369, "sendto", path(4), always, Special::socket_address},
    SyscallRule{370, "sendmsg", path(1), always, Special::message},
    SyscallRule{383, "statx", at(0, 1), unless(2, AT_SYMLINK_NOFOLLOW)},
    SyscallRule{412, "utimensat_time64", at(0, 1),
                unless(3, AT_SYMLINK_NOFOLLOW)},
};

constexpr auto i386_table = join(i386_rows, common_rows);

static_assert(std::ranges::is_sorted(i386_table, {}, &SyscallRule::number));

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
constexpr std::array native_verdicts{
    VerdictRule{44, "sendto", Verdict::pass, {equals(5, 0)}},
    VerdictRule{56, "clone", Verdict::trace_child, {has(0, CLONE_UNTRACED)}},
    VerdictRule{56, "clone", Verdict::mount_tree, {has(0, CLONE_NEWNS)}},
    VerdictRule{157,
                "prctl",
                Verdict::pretend_success,
                {equals(0, PR_SET_DUMPABLE), equals(1, 0)}},
    VerdictRule{
        157, "prctl", Verdict::map_scratch, {equals(0, PR_SET_SECCOMP)}},
    VerdictRule{262,
                "newfstatat",
                Verdict::pass,
                {not_negative(0), equals(3, AT_EMPTY_PATH)}},
    VerdictRule{272, "unshare", Verdict::mount_tree, {has(0, CLONE_NEWNS)}},
    VerdictRule{317,
                "seccomp",
                Verdict::map_scratch,
                {equals(0, SECCOMP_SET_MODE_FILTER)}},
    VerdictRule{332,
                "statx",
                Verdict::pass,
                {not_negative(0), equals(2, AT_EMPTY_PATH)}},
    VerdictRule{425, "io_uring_setup", Verdict::no_such_call, {}},
    VerdictRule{435, "clone3", Verdict::child_flags, {}},
};

constexpr std::array i386_verdicts{
    VerdictRule{120, "clone", Verdict::trace_child, {has(0, CLONE_UNTRACED)}},
    VerdictRule{120, "clone", Verdict::mount_tree, {has(0, CLONE_NEWNS)}},
    VerdictRule{172,
                "prctl",
                Verdict::pretend_success,
                {equals(0, PR_SET_DUMPABLE), equals(1, 0)}},
    VerdictRule{
        172, "prctl", Verdict::map_scratch, {equals(0, PR_SET_SECCOMP)}},
    VerdictRule{300,
                "fstatat64",
                Verdict::pass,
                {not_negative(0), equals(3, AT_EMPTY_PATH)}},
    VerdictRule{310, "unshare", Verdict::mount_tree, {has(0, CLONE_NEWNS)}},
    VerdictRule{354,
                "seccomp",
                Verdict::map_scratch,
                {equals(0, SECCOMP_SET_MODE_FILTER)}},
    VerdictRule{369, "sendto", Verdict::pass, {equals(5, 0)}},
    VerdictRule{383,
                "statx",
                Verdict::pass,
                {not_negative(0), equals(2, AT_EMPTY_PATH)}},
    VerdictRule{425, "io_uring_setup", Verdict::no_such_call, {}},
    VerdictRule{435, "clone3", Verdict::child_flags, {}},
};

const SyscallTable native_calls{arch::native.audit_arch, table,
                                native_verdicts};
const SyscallTable i386_calls{arch::compat.audit_arch, i386_table,
                              i386_verdicts};

}  // namespace

std::span<const SyscallTable> syscall_tables() noexcept {
  static const std::array tables{native_calls, i386_calls};
  return tables;
}

}  // namespace vfsrun::tracer
