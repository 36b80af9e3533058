// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/program_search.hh"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace vfsrun::tracer {

namespace {

/// What lstat(2) says to a name that is not there.
bool is_absence(int error) { return error == ENOENT || error == ENOTDIR; }

/// The kernel's word about names below `folder` is the last one: no link on
/// the way there leads to where nothing is yet, as into the tree.
bool is_settled(const VPath& folder) {
  struct stat found {};

  if (::stat(folder.str().c_str(), &found) == 0) return true;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  const long fd =
      ::syscall(SYS_openat2, AT_FDCWD, folder.str().c_str(), &how, sizeof how);
  if (fd < 0) return is_absence(errno);
  ::close(static_cast<int>(fd));
  return false;
}

}  // namespace

std::string find_program(const std::string& name, const MountTable& mounts) {
  const char* const path = std::getenv("PATH");
  if (path == nullptr || name.empty() || name.find('/') != name.npos)
    return name;
  std::string_view rest = path;
  for (;;) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    const auto place = VPath::parse(folder);
    if (!place || place->str() != folder || !VPath::valid_name(name))
      return name;
    const VPath file = place->child(name);
    if (mounts.find(file) != nullptr) return name;

    struct stat found {};

    if (::lstat(file.str().c_str(), &found) == 0) {
      // EACCES and dangling links are for execvp(3) to judge.
      const bool runs = ::access(file.str().c_str(), X_OK) == 0 &&
                        ::stat(file.str().c_str(), &found) == 0 &&
                        S_ISREG(found.st_mode);
      return runs ? file.str() : name;
    }
    if (!is_absence(errno) || !is_settled(*place)) return name;
    if (folder.size() == rest.size()) return name;
    rest.remove_prefix(folder.size() + 1);
  }
}

}  // namespace vfsrun::tracer
