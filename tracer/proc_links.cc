// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/proc_links.hh"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <climits>

namespace vfsrun::tracer {

std::optional<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
  if (n < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(n));
}

std::optional<std::string> base_directory(pid_t tid, int dirfd) {
  return dirfd == AT_FDCWD
             ? read_link(fmt::format("/proc/{}/cwd", tid))
             : read_link(fmt::format("/proc/{}/fd/{}", tid, dirfd));
}

}  // namespace vfsrun::tracer
