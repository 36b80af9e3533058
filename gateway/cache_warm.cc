// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache_warm.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"
#include "gateway/cache_urls.hh"

namespace vfsrun {

namespace {

namespace fs = boost::filesystem;
using std::chrono::steady_clock;

/// One line that is written over itself; nothing where nobody looks.
class Progress {
 public:
  Progress() : shown_(::isatty(STDERR_FILENO) == 1) {}

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  ~Progress() {
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
  }

  void expect(std::uint64_t bytes) { expected_ += bytes; }

  void file_done() {
    ++files_;
    draw();
  }

  void add(std::uint64_t bytes) {
    bytes_ += bytes;
    draw();
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  [[nodiscard]] std::uint64_t files() const noexcept { return files_; }

 private:
  void draw() {
    constexpr std::chrono::milliseconds between{100};
    if (!shown_ || steady_clock::now() < next_) return;
    next_ = steady_clock::now() + between;
    drawn_ = true;
    constexpr std::size_t width = 30;
    const std::size_t full =
        expected_ == 0 ? 0
                       : static_cast<std::size_t>(
                             static_cast<double>(std::min(bytes_, expected_)) *
                             width / static_cast<double>(expected_));
    constexpr double mebibyte = 1024.0 * 1024.0;
    fmt::print(stderr,
               "\r[{:#<{}}{:.<{}}] {:.1f} of {:.1f} MiB, {} files\x1b[K", "",
               full, "", width - full, static_cast<double>(bytes_) / mebibyte,
               static_cast<double>(expected_) / mebibyte, files_);
    (void)std::fflush(stderr);
  }

  bool shown_;
  bool drawn_ = false;
  std::uint64_t expected_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t files_ = 0;
  steady_clock::time_point next_;
};

/// A mount of this program's own, gone at the end.
class OwnMount {
 public:
  static Result<std::unique_ptr<OwnMount>> create(const Options& options) {
    std::string pattern =
        (fs::temp_directory_path() / "vfsrun-warm-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return fail_errno("mkdtemp");
    std::unique_ptr<OwnMount> mount(new OwnMount(pattern));
    std::vector<std::string> arguments{"/proc/self/exe", "mount", pattern};
    for (const std::string& each : options.mounts_dirs)
      arguments.insert(arguments.end(), {"--mounts", each});
    for (const std::string& each : options.specs)
      arguments.insert(arguments.end(), {"--mount", each});
    Child child =
        TRY(Child::spawn(arguments, {{STDERR_FILENO, STDERR_FILENO}}));
    if (TRY(child.wait()) != 0) return fail(EIO, "cannot mount");
    mount->mounted_ = true;
    return mount;
  }

  OwnMount(const OwnMount&) = delete;
  OwnMount& operator=(const OwnMount&) = delete;

  ~OwnMount() {
    if (mounted_) {
      auto child = Child::spawn({"fusermount3", "-u", "-z", path_.string()});
      if (child) (void)child->wait();
    }
    ::rmdir(path_.c_str());
  }

  [[nodiscard]] fs::path at(const VPath& path) const {
    return path_ / path.str();
  }

 private:
  explicit OwnMount(fs::path path) : path_(std::move(path)) {}

  fs::path path_;
  bool mounted_ = false;
};

bool complain(const VPath& path, std::string_view what) {
  fmt::print(stderr, "vfsrun-gateway: {}: {}\n", path.str(), what);
  return false;
}

bool read_file(const fs::path& file, const VPath& path, Progress& progress) {
  const auto fd = open_file(file.string(), O_RDONLY);
  if (!fd) return complain(path, std::strerror(fd.error().code));
  std::vector<char> room(std::size_t{1024} * 1024);
  for (;;) {
    const ssize_t n = ::read(fd->get(), room.data(), room.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return complain(path, std::strerror(errno));
    if (n == 0) break;
    progress.add(static_cast<std::uint64_t>(n));
  }
  progress.file_done();
  return true;
}

/// A file, or all below a directory. Names come first, so that the progress
/// knows how much there is.
bool warm(const OwnMount& mount, const VPath& path, Progress& progress) {
  const fs::path top = mount.at(path);
  boost::system::error_code error;
  const fs::file_status status = fs::status(top, error);
  if (error) return complain(path, error.message());
  if (!fs::is_directory(status)) {
    progress.expect(fs::file_size(top, error));
    return read_file(top, path, progress);
  }
  bool good = true;
  std::vector<fs::path> files;
  std::vector<fs::path> folders{top};
  while (!folders.empty()) {
    const fs::path folder = std::move(folders.back());
    folders.pop_back();
    fs::directory_iterator at(folder, error);
    if (error)
      good =
          complain(path, folder.filename().string() + ": " + error.message());
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      boost::system::error_code ignored;
      const fs::file_status kind = at->symlink_status(ignored);
      if (fs::is_directory(kind)) folders.push_back(at->path());
      if (!fs::is_regular_file(kind)) continue;
      const std::uint64_t size = fs::file_size(at->path(), ignored);
      progress.expect(ignored ? 0 : size);
      files.push_back(at->path());
    }
    error.clear();
  }
  for (const fs::path& file : files)
    good = read_file(file, path, progress) && good;
  return good;
}

}  // namespace

int warm_cache(const Options& options, const MountTable& mounts) {
  std::vector<VPath> paths;
  for (const std::string& each : options.arguments) {
    auto path = virtual_path(each, mounts);
    if (!path) {
      fmt::print(stderr, "vfsrun-gateway: {}\n", path.error().detail);
      return 1;
    }
    paths.push_back(*std::move(path));
  }
  const auto mount = OwnMount::create(options);
  if (!mount) {
    fmt::print(stderr, "vfsrun-gateway: {}\n", mount.error().detail);
    return 1;
  }
  bool good = true;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  {
    Progress progress;
    for (const VPath& path : paths)
      good = warm(**mount, path, progress) && good;
    files = progress.files();
    bytes = progress.bytes();
  }
  fmt::print("{} files with {} bytes are in the cache\n", files, bytes);
  return good ? 0 : 1;
}

}  // namespace vfsrun
