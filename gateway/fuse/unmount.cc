// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/unmount.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <thread>

#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"

namespace vfsrun::fuse {

namespace {

using namespace std::chrono_literals;
constexpr auto busy_time = 200ms;
constexpr auto helper_time = 3s;
constexpr auto poll_interval = 10ms;

Result<void> unmount_as_root(const std::string& mountpoint, bool lazily) {
  const int flags = UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0);
  if (::umount2(mountpoint.c_str(), flags) != 0)
    return fail_errno(fmt::format("umount {}", mountpoint));
  return {};
}

Result<void> unmount_as_user(const std::string& mountpoint, bool lazily) {
  Child helper = TRY(Child::spawn(
      {"fusermount3", lazily ? "-uz" : "-u", "-q", "--", mountpoint}));
  const auto until = std::chrono::steady_clock::now() + helper_time;
  for (;;) {
    const std::optional<int> status = TRY(helper.poll());
    if (status) {
      if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return {};
      return fail(EBUSY,
                  fmt::format("fusermount3 could not unmount {}", mountpoint));
    }
    if (std::chrono::steady_clock::now() > until)
      return fail(ETIMEDOUT, "fusermount3 does not end");
    std::this_thread::sleep_for(poll_interval);
  }
}

Result<void> unmount_once(const std::string& mountpoint, bool lazily) {
  return ::geteuid() == 0 ? unmount_as_root(mountpoint, lazily)
                          : unmount_as_user(mountpoint, lazily);
}

}  // namespace

Result<Unmounted> unmount(const std::string& mountpoint) {
  const auto until = std::chrono::steady_clock::now() + busy_time;
  do {
    if (unmount_once(mountpoint, false)) return Unmounted::gone;
    std::this_thread::sleep_for(poll_interval);
  } while (std::chrono::steady_clock::now() < until);
  TRY(unmount_once(mountpoint, true));
  return Unmounted::detached;
}

Result<void> check_mountable(const std::string& mountpoint) {
  namespace fs = boost::filesystem;
  boost::system::error_code error;
  const fs::file_status status = fs::status(mountpoint, error);
  if (status.type() == fs::file_not_found)
    return fail(ENOENT, fmt::format("{}: no such directory; make it first "
                                    "(mkdir -p {})",
                                    mountpoint, mountpoint));
  if (status.type() != fs::directory_file)
    return fail(ENOTDIR, fmt::format("{}: not a directory that can be reached",
                                     mountpoint));
  const bool empty = fs::is_empty(mountpoint, error);
  if (error)
    return fail(EACCES, fmt::format("{}: {}", mountpoint, error.message()));
  if (!empty)
    return fail(ENOTEMPTY, fmt::format("{}: not empty; mount on an empty "
                                       "directory, or unmount what is there "
                                       "(fusermount3 -u {})",
                                       mountpoint, mountpoint));
  const Fd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!device && errno == ENOENT)
    return fail(ENOENT,
                "/dev/fuse is not there: load the kernel module (modprobe "
                "fuse); for a container, start it with --device /dev/fuse");
  if (!device)
    return fail(EACCES, fmt::format("/dev/fuse: {}: it must be open to "
                                    "everybody (chmod 666 /dev/fuse)",
                                    std::generic_category().message(errno)));
  if (::geteuid() != 0 && !find_in_path("fusermount3"))
    return fail(ENOENT,
                "fusermount3 is not in PATH: install it (apt install fuse3)");
  if (::geteuid() != 0 && ::access(mountpoint.c_str(), W_OK) != 0)
    return fail(EACCES, fmt::format("{}: you may mount only on a directory "
                                    "that you own",
                                    mountpoint));
  return {};
}

}  // namespace vfsrun::fuse
