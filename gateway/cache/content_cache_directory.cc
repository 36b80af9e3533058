// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/content_cache_directory.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/filesystem.hpp>
#include <cstdlib>

namespace vfsrun {

namespace fs = boost::filesystem;

namespace {

constexpr std::size_t name_length = 32;
constexpr std::string_view new_prefix = "new-";

bool valid_object(std::string_view name) {
  return name.size() == name_length && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<fs::path> absolute_from(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || value[0] != '/') return std::nullopt;
  return fs::path(value);
}

/// mkdir -p, each new directory 0700.
Result<void> make_directories(const fs::path& path) {
  if (path.has_parent_path() && ::access(path.c_str(), F_OK) != 0)
    TRY(make_directories(path.parent_path()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("mkdir {}", path.string()));
  return {};
}

/// A directory of our own that nobody else can write to.
Result<Fd> open_own_directory(int at, const std::string& name) {
  Fd fd(::openat(at, name.c_str(),
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  // open(2): ELOOP or ENOTDIR for a link, as O_DIRECTORY is given too.
  if (!fd && (errno == ELOOP || errno == ENOTDIR)) {
    return fail(EPERM,
                fmt::format("{} is a symbolic link or no directory", name));
  }
  if (!fd) return fail_errno(fmt::format("open {}", name));

  struct stat info {};

  if (::fstat(fd.get(), &info) != 0) return fail_errno("stat");
  if (info.st_uid != ::geteuid())
    return fail(EPERM, fmt::format("{} belongs to another user", name));
  if ((info.st_mode & 022) != 0)
    return fail(EPERM, fmt::format("{} can be written to by others", name));
  if ((info.st_mode & 077) != 0 && ::fchmod(fd.get(), 0700) != 0)
    return fail_errno(fmt::format("chmod {}", name));
  return fd;
}

bool lock(int fd, int kind) { return ::flock(fd, kind | LOCK_NB) == 0; }

bool has_name(int fd) {
  struct stat info {};

  return ::fstat(fd, &info) == 0 && info.st_nlink > 0;
}

}  // namespace

std::optional<fs::path> default_cache_directory() {
  if (const auto cache = absolute_from("XDG_CACHE_HOME"))
    return *cache / "vfsrun";
  if (const auto home = absolute_from("HOME")) return *home / ".cache/vfsrun";
  return std::nullopt;
}

fs::path temporary_directory() {
  return absolute_from("TMPDIR").value_or("/tmp");
}

Result<Fd> make_unnamed_file(const fs::path& directory) {
  Fd fd(
      ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600));
  if (fd) return fd;
  // open(2): EOPNOTSUPP, or EISDIR from older file systems.
  if (errno != EOPNOTSUPP && errno != EISDIR)
    return fail_errno(fmt::format("make a file in {}", directory.string()));
  std::string name = (directory / "vfsrun-XXXXXX").string();
  Fd named(::mkostemp(name.data(), O_CLOEXEC));
  if (!named)
    return fail_errno(fmt::format("make a file in {}", directory.string()));
  ::unlink(name.c_str());
  return named;
}

Result<CacheDirectory> CacheDirectory::open(const fs::path& path) {
  TRY(make_directories(path));
  const Fd top = TRY(open_own_directory(AT_FDCWD, path.string()));
  if (::mkdirat(top.get(), "objects", 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("mkdir {}/objects", path.string()));
  Fd objects = TRY(open_own_directory(top.get(), "objects"));
  boost::system::error_code error;
  fs::path real = fs::canonical(path, error);
  if (error) return fail(error.value(), error.message());
  return CacheDirectory(std::move(real), std::move(objects));
}

Result<Fd> CacheDirectory::open_object(const std::string& name) const {
  Fd fd(::openat(objects_.get(), name.c_str(),
                 O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_errno("open");
  // Refused only while somebody holds it for eviction, which ends at once.
  // Between open and lock it may have lost its name.
  if (!lock(fd.get(), LOCK_SH) || !has_name(fd.get())) return fail(EAGAIN);
  return fd;
}

Result<Fd> CacheDirectory::make_object(
    const std::string& name,
    const std::function<Result<void>(int fd)>& fill) const {
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      fmt::format("{}{}-{}-{}", new_prefix, ::getpid(), counter++, name);
  ::unlinkat(objects_.get(), temporary.c_str(), 0);  // of an earlier pid
  Fd fd(::openat(objects_.get(), temporary.c_str(),
                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd)
    return fail_errno(fmt::format("create a file in {}", path_.string()));
  Result<void> done;
  if (!lock(fd.get(), LOCK_SH)) done = fail(EAGAIN);
  if (done) done = fill(fd.get());
  if (done && ::linkat(objects_.get(), temporary.c_str(), objects_.get(),
                       name.c_str(), 0) != 0)
    done = fail_errno("link");
  ::unlinkat(objects_.get(), temporary.c_str(), 0);
  if (!done) return tl::unexpected(done.error());
  return fd;
}

void CacheDirectory::remove_object(const std::string& name) const noexcept {
  if (valid_object(name)) ::unlinkat(objects_.get(), name.c_str(), 0);
}

bool CacheDirectory::evict_object(const std::string& name) const noexcept {
  if (!valid_object(name)) return true;
  const Fd fd(::openat(objects_.get(), name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return errno == ENOENT;
  if (!lock(fd.get(), LOCK_EX)) return false;

  // The name may stand for another file by now, which could be in use.
  struct stat ours {};

  struct stat named {};

  if (::fstat(fd.get(), &ours) != 0 ||
      ::fstatat(objects_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) !=
          0 ||
      ours.st_ino != named.st_ino)
    return false;
  return ::unlinkat(objects_.get(), name.c_str(), 0) == 0;
}

std::uint64_t CacheDirectory::bytes_of_object(
    const std::string& name) const noexcept {
  struct stat info {};

  if (!valid_object(name) ||
      ::fstatat(objects_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  return static_cast<std::uint64_t>(info.st_blocks) * 512;
}

void CacheDirectory::for_each_object(
    const std::function<void(const std::string& name)>& see) const {
  boost::system::error_code error;
  fs::directory_iterator at(path_ / "objects", error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (valid_object(name)) {
      see(name);
      continue;
    }
    if (!name.starts_with(new_prefix)) continue;
    // Whoever is still making it holds its lock.
    const Fd fd(::openat(objects_.get(), name.c_str(),
                         O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (fd && lock(fd.get(), LOCK_EX))
      ::unlinkat(objects_.get(), name.c_str(), 0);
  }
}

CacheDirectory::Space CacheDirectory::space() const noexcept {
  struct statvfs info {};

  if (::fstatvfs(objects_.get(), &info) != 0) return {};
  return {static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize,
          static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize};
}

}  // namespace vfsrun
