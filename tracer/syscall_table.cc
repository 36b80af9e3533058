// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/syscall_table.hh"

#include <algorithm>

namespace vfsrun::tracer {

namespace {

using Paths = std::array<PathArgument, 2>;

constexpr Paths none{};

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

// Numbers of arch/x86/entry/syscalls/syscall_64.tbl; written out, because
// the C library's headers end before the kernel's newest calls. symlink's
// first argument is text that is kept as it is, not a name to look up.
constexpr std::array table{
    SyscallRule{2, "open", path(0)},
    SyscallRule{4, "stat", path(0)},
    SyscallRule{6, "lstat", path(0)},
    SyscallRule{21, "access", path(0)},
    SyscallRule{59, "execve", path(0), Special::exec},
    SyscallRule{76, "truncate", path(0)},
    SyscallRule{79, "getcwd", none, Special::getcwd},
    SyscallRule{80, "chdir", path(0)},
    SyscallRule{82, "rename", paths(0, 1)},
    SyscallRule{83, "mkdir", path(0)},
    SyscallRule{84, "rmdir", path(0)},
    SyscallRule{85, "creat", path(0)},
    SyscallRule{86, "link", paths(0, 1)},
    SyscallRule{87, "unlink", path(0)},
    SyscallRule{88, "symlink", path(1)},
    SyscallRule{89, "readlink", path(0), Special::readlink},
    SyscallRule{90, "chmod", path(0)},
    SyscallRule{92, "chown", path(0)},
    SyscallRule{94, "lchown", path(0)},
    SyscallRule{132, "utime", path(0)},
    SyscallRule{133, "mknod", path(0)},
    SyscallRule{137, "statfs", path(0)},
    SyscallRule{155, "pivot_root", paths(0, 1)},
    SyscallRule{161, "chroot", path(0)},
    SyscallRule{163, "acct", path(0)},
    SyscallRule{165, "mount", paths(0, 1)},
    SyscallRule{166, "umount2", path(0)},
    SyscallRule{167, "swapon", path(0)},
    SyscallRule{168, "swapoff", path(0)},
    SyscallRule{179, "quotactl", path(1)},
    SyscallRule{188, "setxattr", path(0)},
    SyscallRule{189, "lsetxattr", path(0)},
    SyscallRule{191, "getxattr", path(0)},
    SyscallRule{192, "lgetxattr", path(0)},
    SyscallRule{194, "listxattr", path(0)},
    SyscallRule{195, "llistxattr", path(0)},
    SyscallRule{197, "removexattr", path(0)},
    SyscallRule{198, "lremovexattr", path(0)},
    SyscallRule{235, "utimes", path(0)},
    SyscallRule{254, "inotify_add_watch", path(1)},
    SyscallRule{257, "openat", at(0, 1)},
    SyscallRule{258, "mkdirat", at(0, 1)},
    SyscallRule{259, "mknodat", at(0, 1)},
    SyscallRule{260, "fchownat", at(0, 1)},
    SyscallRule{261, "futimesat", at(0, 1)},
    SyscallRule{262, "newfstatat", at(0, 1)},
    SyscallRule{263, "unlinkat", at(0, 1)},
    SyscallRule{264, "renameat", two_at(0, 1, 2, 3)},
    SyscallRule{265, "linkat", two_at(0, 1, 2, 3)},
    SyscallRule{266, "symlinkat", at(1, 2)},
    SyscallRule{267, "readlinkat", at(0, 1), Special::readlink},
    SyscallRule{268, "fchmodat", at(0, 1)},
    SyscallRule{269, "faccessat", at(0, 1)},
    SyscallRule{280, "utimensat", at(0, 1)},
    SyscallRule{301, "fanotify_mark", at(3, 4)},
    SyscallRule{303, "name_to_handle_at", at(0, 1)},
    SyscallRule{316, "renameat2", two_at(0, 1, 2, 3)},
    SyscallRule{322, "execveat", at(0, 1), Special::exec},
    SyscallRule{332, "statx", at(0, 1)},
    SyscallRule{428, "open_tree", at(0, 1)},
    SyscallRule{429, "move_mount", two_at(0, 1, 2, 3)},
    SyscallRule{433, "fspick", at(0, 1)},
    SyscallRule{437, "openat2", at(0, 1), Special::open_how},
    SyscallRule{439, "faccessat2", at(0, 1)},
    SyscallRule{442, "mount_setattr", at(0, 1)},
    SyscallRule{452, "fchmodat2", at(0, 1)},
    SyscallRule{463, "setxattrat", at(0, 1)},
    SyscallRule{464, "getxattrat", at(0, 1)},
    SyscallRule{465, "listxattrat", at(0, 1)},
    SyscallRule{466, "removexattrat", at(0, 1)},
    SyscallRule{467, "open_tree_attr", at(0, 1)},
    SyscallRule{468, "file_getattr", at(0, 1)},
    SyscallRule{469, "file_setattr", at(0, 1)},
};

static_assert(std::ranges::is_sorted(table, {}, &SyscallRule::number));

}  // namespace

std::span<const SyscallRule> syscall_rules() noexcept { return table; }

const SyscallRule* find_rule(long number) noexcept {
  const auto hit =
      std::ranges::lower_bound(table, number, {}, &SyscallRule::number);
  return hit != table.end() && hit->number == number ? &*hit : nullptr;
}

}  // namespace vfsrun::tracer
