// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/syscall_table.hh"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/mount.h>
#include <linux/quota.h>
#include <sys/syscall.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using vfsrun::tracer::find_rule;
using vfsrun::tracer::find_verdict;
using vfsrun::tracer::fits;
using vfsrun::tracer::Special;
using vfsrun::tracer::syscall_tables;
using vfsrun::tracer::SyscallRule;
using vfsrun::tracer::Verdict;

namespace {

struct Row {
  long number;
  std::string_view name;
  /// "path" or "path(dirfd)" for each, as argument indices.
  std::string_view where;
};

// Every call of Linux 6.18 for x86_64 that takes a name from the program or
// gives one back. Gone since long, or never there: uselib, nfsservctl.
constexpr Row calls_with_names[] = {
    {2, "open", "0"},
    {4, "stat", "0"},
    {6, "lstat", "0"},
    {21, "access", "0"},
    {42, "connect", "1"},
    {44, "sendto", "4"},
    {46, "sendmsg", "1"},
    {49, "bind", "1"},
    {59, "execve", "0"},
    {76, "truncate", "0"},
    {79, "getcwd", ""},
    {80, "chdir", "0"},
    {82, "rename", "0 1"},
    {83, "mkdir", "0"},
    {84, "rmdir", "0"},
    {85, "creat", "0"},
    {86, "link", "0 1"},
    {87, "unlink", "0"},
    {88, "symlink", "1"},
    {89, "readlink", "0"},
    {90, "chmod", "0"},
    {92, "chown", "0"},
    {94, "lchown", "0"},
    {132, "utime", "0"},
    {133, "mknod", "0"},
    {137, "statfs", "0"},
    {155, "pivot_root", "0 1"},
    {161, "chroot", "0"},
    {163, "acct", "0"},
    {165, "mount", "0 1"},
    {166, "umount2", "0"},
    {167, "swapon", "0"},
    {168, "swapoff", "0"},
    {179, "quotactl", "1 3"},
    {188, "setxattr", "0"},
    {189, "lsetxattr", "0"},
    {191, "getxattr", "0"},
    {192, "lgetxattr", "0"},
    {194, "listxattr", "0"},
    {195, "llistxattr", "0"},
    {197, "removexattr", "0"},
    {198, "lremovexattr", "0"},
    {217, "getdents64", ""},
    {235, "utimes", "0"},
    {254, "inotify_add_watch", "1"},
    {257, "openat", "1(0)"},
    {258, "mkdirat", "1(0)"},
    {259, "mknodat", "1(0)"},
    {260, "fchownat", "1(0)"},
    {261, "futimesat", "1(0)"},
    {262, "newfstatat", "1(0)"},
    {263, "unlinkat", "1(0)"},
    {264, "renameat", "1(0) 3(2)"},
    {265, "linkat", "1(0) 3(2)"},
    {266, "symlinkat", "2(1)"},
    {267, "readlinkat", "1(0)"},
    {268, "fchmodat", "1(0)"},
    {269, "faccessat", "1(0)"},
    {280, "utimensat", "1(0)"},
    {301, "fanotify_mark", "4(3)"},
    {303, "name_to_handle_at", "1(0)"},
    {307, "sendmmsg", "1"},
    {316, "renameat2", "1(0) 3(2)"},
    {321, "bpf", "1"},
    {322, "execveat", "1(0)"},
    {332, "statx", "1(0)"},
    {428, "open_tree", "1(0)"},
    {429, "move_mount", "1(0) 3(2)"},
    {431, "fsconfig", "3(4) 3(4) 3"},
    {433, "fspick", "1(0)"},
    {437, "openat2", "1(0)"},
    {439, "faccessat2", "1(0)"},
    {442, "mount_setattr", "1(0)"},
    {452, "fchmodat2", "1(0)"},
    {463, "setxattrat", "1(0)"},
    {464, "getxattrat", "1(0)"},
    {465, "listxattrat", "1(0)"},
    {466, "removexattrat", "1(0)"},
    {467, "open_tree_attr", "1(0)"},
    {468, "file_getattr", "1(0)"},
    {469, "file_setattr", "1(0)"},
};

std::string where_of(const SyscallRule& rule) {
  std::string out;
  for (const auto& where : rule.paths) {
    if (where.path < 0) continue;
    if (!out.empty()) out += ' ';
    out += std::to_string(where.path);
    if (where.dirfd >= 0) out += '(' + std::to_string(where.dirfd) + ')';
  }
  return out;
}

}  // namespace

TEST_SUITE("tracer/syscall_table") {
  TEST_CASE("x86_64: every call with names is a row, and no other") {
    const auto& table = syscall_tables().front();
    REQUIRE(table.audit_arch == AUDIT_ARCH_X86_64);
    for (const Row& row : calls_with_names) {
      CAPTURE(row.name);
      const SyscallRule* const rule = find_rule(AUDIT_ARCH_X86_64, row.number);
      REQUIRE(rule != nullptr);
      CHECK(rule->name == row.name);
      CHECK(where_of(*rule) == row.where);
    }
    CHECK(table.rules.size() == std::size(calls_with_names));
  }

  TEST_CASE("i386: every name of the native table that exists there is a row") {
    // By name: calls that i386 has under another name, or not at all.
    const std::map<std::string_view, std::string_view> other{
        {"newfstatat", "fstatat64"}, {"getdents64", ""}};
    const auto& i386 = syscall_tables().back();
    REQUIRE(i386.audit_arch == AUDIT_ARCH_I386);
    for (const SyscallRule& rule : syscall_tables().front().rules) {
      std::string_view name = rule.name;
      if (const auto hit = other.find(name); hit != other.end())
        name = hit->second;
      if (name.empty()) continue;
      CAPTURE(name);
      const auto same = std::ranges::find(
          i386.rules, name,
          [](const SyscallRule& row) { return std::string_view(row.name); });
      REQUIRE(same != i386.rules.end());
      CHECK(where_of(*same) ==
            (name == "fanotify_mark" ? "5(4)" : where_of(rule)));
      CHECK(same->special == rule.special);
      CHECK(same->follow.when == rule.follow.when);
    }
  }

  TEST_CASE("rows and verdicts are sorted, each row once") {
    for (const auto& table : syscall_tables()) {
      CHECK(std::ranges::adjacent_find(table.rules, std::greater_equal<>(),
                                       &SyscallRule::number) ==
            table.rules.end());
      CHECK(std::ranges::is_sorted(table.verdicts, {},
                                   &vfsrun::tracer::VerdictRule::number));
    }
  }

  TEST_CASE("an argument that is a path for some commands only") {
    const auto paths_of = [](long number, vfsrun::tracer::Arguments arguments) {
      std::vector<std::string> found;
      for (const auto& where : find_rule(AUDIT_ARCH_X86_64, number)->paths) {
        if (where.path < 0 || !fits(where.only_if, arguments)) continue;
        found.push_back(std::to_string(where.path) + ' ' +
                        std::to_string(where.dirfd));
      }
      return found;
    };
    using Found = std::vector<std::string>;
    CHECK(paths_of(431, {3, FSCONFIG_SET_PATH}) == Found{"3 4"});
    CHECK(paths_of(431, {3, FSCONFIG_SET_PATH_EMPTY}) == Found{"3 4"});
    CHECK(paths_of(431, {3, FSCONFIG_SET_STRING}) == Found{"3 -1"});
    CHECK(paths_of(431, {3, FSCONFIG_SET_BINARY}).empty());
    CHECK(paths_of(431, {3, FSCONFIG_CMD_CREATE}).empty());
    CHECK(paths_of(321, {6}) == Found{"1 -1"});
    CHECK(paths_of(321, {7}) == Found{"1 -1"});
    CHECK(paths_of(321, {5}).empty());
    CHECK(paths_of(321, {8}).empty());
    const auto quota = [&](int command) {
      return paths_of(179, {static_cast<std::uint64_t>(command)});
    };
    CHECK(quota(QCMD(Q_QUOTAON, USRQUOTA)) == Found{"1 -1", "3 -1"});
    CHECK(quota(QCMD(Q_QUOTAON, PRJQUOTA)) == Found{"1 -1", "3 -1"});
    CHECK(quota(QCMD(Q_GETQUOTA, USRQUOTA)) == Found{"1 -1"});
  }

  TEST_CASE("a namespace with mounts of its own gets the tree first") {
    constexpr std::uint64_t new_mounts = 0x00020000;
    constexpr std::uint64_t untraced = 0x00800000;
    const auto verdict = [](long number, std::uint64_t flags) {
      return find_verdict(AUDIT_ARCH_X86_64, number, {flags});
    };
    CHECK(verdict(SYS_unshare, new_mounts | 0x10000000) == Verdict::mount_tree);
    CHECK(verdict(SYS_unshare, 0x10000000) == Verdict::pass);
    CHECK(verdict(SYS_clone, new_mounts) == Verdict::mount_tree);
    CHECK(verdict(SYS_clone, untraced) == Verdict::trace_child);
    CHECK(verdict(SYS_clone, 0) == Verdict::pass);
    CHECK(verdict(SYS_clone3, 0) == Verdict::child_flags);
  }
}
