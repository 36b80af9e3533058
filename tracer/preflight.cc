// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/preflight.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"
#include "tracer/nested.hh"

namespace vfsrun::tracer {

namespace {

constexpr std::size_t proc_file_limit = 65536;

std::string read_proc(const char* path) {
  const auto file = open_file(path, O_RDONLY);
  if (!file) return {};
  return read_all(file->get(), proc_file_limit).value_or(std::string());
}

}  // namespace

Result<void> check_fuse() {
  if (::access("/dev/fuse", F_OK) != 0) {
    return fail(errno,
                "/dev/fuse is missing: load the kernel module (modprobe fuse), "
                "or give the container the device (--device /dev/fuse)");
  }
  if (::access("/dev/fuse", R_OK | W_OK) != 0) {
    return fail(errno,
                "/dev/fuse may not be opened by this user: as root, "
                "chmod 666 /dev/fuse");
  }
  if (::geteuid() != 0 && !find_in_path("fusermount3")) {
    return fail(ENOENT,
                "fusermount3 is missing: as root, apt-get install fuse3");
  }
  return {};
}

std::string explain_start_failure(const Error& error) {
  if (error.detail.starts_with("seccomp") ||
      error.detail.starts_with("PR_SET_NO_NEW_PRIVS")) {
    return fmt::format(
        "the kernel or the container refuses a seccomp filter ({}): run where "
        "seccomp(2) is allowed",
        error.detail);
  }
  if (error.code != EPERM && error.code != EACCES) return error.detail;
  if (own_tracer() != 0) {
    return "this process is being traced already (by strace or a debugger): "
           "run vfsrun outside of it";
  }
  const std::string scope = read_proc("/proc/sys/kernel/yama/ptrace_scope");
  if (scope.starts_with('2') || scope.starts_with('3')) {
    return fmt::format(
        "ptrace is forbidden by Yama (ptrace_scope is {}): as root, sysctl "
        "kernel.yama.ptrace_scope=1",
        trim(scope));
  }
  return fmt::format(
      "ptrace is forbidden here ({}): in a container, allow it "
      "(--cap-add SYS_PTRACE or a seccomp profile that has ptrace)",
      error.detail);
}

}  // namespace vfsrun::tracer
