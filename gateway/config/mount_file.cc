// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_file.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cstdlib>
#include <map>

#include "gateway/base/fd.hh"
#include "gateway/config/mount_file_parser.hh"

namespace vfsrun {

namespace {

namespace fs = boost::filesystem;
using mount_file::Found;
using mount_file::Problems;

constexpr std::size_t largest_file = 1 << 20;

std::optional<fs::path> folder_from(const char* variable) {
  const char* value = std::getenv(variable);
  // XDG base directory specification: relative ones are to be ignored.
  if (value == nullptr || value[0] != '/') return std::nullopt;
  return fs::path(value);
}

/// By file name, so that later directories take the place of earlier ones
/// and the order is that of the names.
using Files = std::map<std::string, fs::path>;

void collect(const fs::path& directory, Files& files, Problems& problems) {
  boost::system::error_code error;
  fs::directory_iterator at(directory, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    if (path.extension() == ".toml" && !path.stem().empty())
      files.insert_or_assign(path.filename().string(), path);
  }
  if (error && error != boost::system::errc::no_such_file_or_directory) {
    problems.add(directory.string(), "directory",
                 fmt::format("cannot be read: {}; expected *.toml files",
                             error.message()));
  }
}

struct Content {
  std::string text;
  bool is_private = false;
};

Result<Content> read_file(const fs::path& path) {
  // Non-blocking: a FIFO here must not hang every start.
  const Fd fd = TRY(open_file(path.string(), O_RDONLY | O_NONBLOCK));

  struct stat info {};

  if (::fstat(fd.get(), &info) != 0) return fail_errno("stat");
  // A link to /dev/null is an empty file.
  if (!S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode))
    return fail(EINVAL, "no regular file");
  Content content;
  content.text = TRY(read_all(fd.get(), largest_file));
  content.is_private = info.st_uid == ::geteuid() && (info.st_mode & 077) == 0;
  return content;
}

std::vector<Found> read_mounts(const fs::path& path, Problems& problems) {
  const auto content = read_file(path);
  if (!content) {
    problems.add(path.string(), "file",
                 fmt::format("cannot be read ({}); expected TOML",
                             content.error().detail));
    return {};
  }
  return mount_file::parse_one(
      {path.string(), content->text, content->is_private}, problems);
}

/// Keeps the first mount of each path and reports the others.
void add_unique(std::vector<Found>& all, Found found, Problems& problems) {
  for (const Found& other : all) {
    if (other.mount.path != found.mount.path) continue;
    problems.add(found.where, "path",
                 fmt::format("{} is taken by {}; expected one mount a path",
                             found.mount.path.str(), other.where));
    return;
  }
  all.push_back(std::move(found));
}

Result<MountTable> finish(std::vector<Found> all, const Problems& problems) {
  if (!problems.empty()) return fail(EINVAL, problems.text());
  std::vector<Mount> mounts;
  mounts.reserve(all.size());
  for (Found& found : all) mounts.push_back(std::move(found.mount));
  return MountTable(std::move(mounts));
}

}  // namespace

MountSources default_sources(const fs::path& executable) {
  MountSources sources;
  boost::system::error_code error;
  const fs::path real = fs::canonical(executable, error);
  const fs::path folder = (error ? executable : real).parent_path();
  const fs::path beside = folder / "mounts.d";
  sources.directories.push_back(fs::is_directory(beside, error)
                                    ? beside
                                    : folder.parent_path() /
                                          "share/vfsrun/mounts.d");
  sources.directories.emplace_back("/etc/vfsrun/mounts.d");
  if (const auto config = folder_from("XDG_CONFIG_HOME")) {
    sources.directories.push_back(*config / "vfsrun/mounts.d");
  } else if (const auto home = folder_from("HOME")) {
    sources.directories.push_back(*home / ".config/vfsrun/mounts.d");
  }
  return sources;
}

Result<MountTable> load_mounts(const MountSources& sources) {
  Problems problems;
  Files files;
  for (const fs::path& directory : sources.directories)
    collect(directory, files, problems);
  std::vector<Found> all;
  for (const auto& [name, path] : files) {
    for (Found& found : read_mounts(path, problems))
      add_unique(all, std::move(found), problems);
  }
  std::vector<Found> from_specs;
  for (const std::string& spec : sources.specs) {
    for (Found& found : mount_file::parse_spec(spec, "--mount", problems))
      add_unique(from_specs, std::move(found), problems);
  }
  // What is said on the command line stands against any file.
  for (const Found& spec : from_specs) {
    std::erase_if(all, [&](const Found& found) {
      return found.mount.path == spec.mount.path;
    });
  }
  std::ranges::move(from_specs, std::back_inserter(all));
  return finish(std::move(all), problems);
}

std::string to_toml(const MountTable& table) {
  return mount_file::write_all(table.mounts());
}

Result<MountTable> from_toml(std::string_view text) {
  Problems problems;
  std::vector<Found> all;
  for (Found& found :
       mount_file::parse_all({"mount table", text, true}, problems))
    add_unique(all, std::move(found), problems);
  return finish(std::move(all), problems);
}

}  // namespace vfsrun
