// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/hidden_directory.hh"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cstdlib>

#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/log.hh"

namespace vfsrun::tracer {

namespace fs = boost::filesystem;

namespace {

constexpr std::size_t mountinfo_limit = 64U << 20U;

bool is_own_directory(const std::string& path) {
  struct stat status {};

  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

/// Where hidden directories of this user go, and what their names begin with.
std::string name_template() {
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR");
      runtime != nullptr && is_own_directory(runtime)) {
    const fs::path folder = fs::path(runtime) / "vfsrun";
    if (::mkdir(folder.c_str(), 0700) == 0) ::chmod(folder.c_str(), 0700);
    if (is_own_directory(folder.string())) return (folder / "XXXXXX").string();
  }
  const char* temporary = std::getenv("TMPDIR");
  const fs::path folder =
      temporary != nullptr && *temporary == '/' ? temporary : "/tmp";
  return (folder / "vfsrun-XXXXXX").string();
}

}  // namespace

Result<std::string> make_hidden_directory() {
  // Twice: another run may remove the common folder between our two steps.
  for (int tries = 0;; ++tries) {
    std::string path = name_template();
    if (::mkdtemp(path.data()) == nullptr) {
      if (tries < 2 && errno == ENOENT) continue;
      return fail_errno("make a directory " + path);
    }
    ::chmod(path.c_str(), 0700);  // whatever the caller's umask is
    boost::system::error_code error;
    const fs::path canonical = fs::canonical(path, error);
    if (error) return fail_errno("resolve " + path, error.value());
    return canonical.string();
  }
}

bool is_mounted(const std::string& directory) {
  const auto file = open_file("/proc/self/mountinfo", O_RDONLY);
  if (!file) return true;
  const auto text = read_all(file->get(), mountinfo_limit);
  // The mount point is a field of its own; names made here hold nothing
  // that mountinfo escapes unless $TMPDIR does, and then unmounting is tried.
  if (!text) return true;
  return text->find(" " + directory + " ") != std::string::npos ||
         directory.find_first_of(" \t\n\\") != std::string::npos;
}

void remove_hidden_directory(const std::string& directory) {
  if (is_mounted(directory) &&
      ::umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
    // An ordinary user's mount is given back by the setuid helper.
    if (auto helper =
            Child::spawn({"fusermount3", "-u", "-z", "-q", "--", directory})) {
      (void)helper->wait();
    }
  }
  if (::rmdir(directory.c_str()) != 0 && errno != ENOENT) {
    LOG(error,
        "{} is left behind: remove it with: fusermount3 -uz {}; rmdir {}",
        directory, directory, directory);
  }
  const fs::path parent = fs::path(directory).parent_path();
  if (parent.filename() == "vfsrun") ::rmdir(parent.c_str());
}

}  // namespace vfsrun::tracer
