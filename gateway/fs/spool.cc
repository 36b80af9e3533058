// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/spool.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cctype>
#include <cstdlib>

#include "gateway/base/fd.hh"

namespace vfsrun {

namespace fs = boost::filesystem;

namespace {

constexpr std::size_t longest_name = 64;

std::optional<fs::path> state_folder() {
  // XDG Base Directory Specification: relative values are to be ignored.
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/')
    return fs::path(state) / "vfsrun" / "spool";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/')
    return fs::path(home) / ".local" / "state" / "vfsrun" / "spool";
  return std::nullopt;
}

/// mkdir -p, each new directory 0700.
Result<void> make_directories(const fs::path& path) {
  if (path.has_parent_path() && ::access(path.c_str(), F_OK) != 0)
    TRY(make_directories(path.parent_path()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("mkdir {}", path.string()));
  return {};
}

/// Others must not be able to put something in its place.
Result<void> check_own(const fs::path& folder) {
  struct stat info {};

  if (::lstat(folder.c_str(), &info) != 0)
    return fail_errno(fmt::format("stat {}", folder.string()));
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() ||
      (info.st_mode & 0022) != 0) {
    return fail(EPERM, fmt::format("{} is not a directory of one's own",
                                   folder.string()));
  }
  return {};
}

std::uint64_t size_of(const fs::path& folder) {
  constexpr std::uint64_t stat_block = 512;
  std::uint64_t size = 0;
  boost::system::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end;
       !error && at != end; at.increment(error)) {
    struct stat info {};

    if (::lstat(at->path().c_str(), &info) == 0)
      size += static_cast<std::uint64_t>(info.st_blocks) * stat_block;
  }
  return size;
}

/// A template for mkdtemp(3) that tells people which file it was, and can be
/// typed as it is.
std::string plain_name(const VPath& path) {
  std::string name(path.name().substr(0, longest_name));
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' &&
        c != '-')
      c = '_';
  }
  return name + ".XXXXXX";
}

/// For the shell: between single quotes.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out.push_back(c);
    }
  }
  return out + "'";
}

std::string script_for(const VPath& path, std::span<const LostBytes> lost) {
  std::string script = fmt::format(
      "#!/bin/sh\n"
      "# Writes what never reached the server to its file:\n"
      "#   vfsrun sh restore          the file as vfsrun names it\n"
      "#   sh restore FILE            the same file by another way\n"
      "file={}\n"
      "[ $# -eq 0 ] || file=$1\n"
      "data=$(dirname \"$0\")/data\n",
      quoted(path.str()));
  for (const LostBytes& each : lost) {
    script += fmt::format(
        "dd if=\"$data\" of=\"$file\" bs=64K skip={0} seek={0} count={1} "
        "iflag=skip_bytes,count_bytes oflag=seek_bytes conv=notrunc "
        "status=none || exit\n",
        each.offset, each.bytes.size());
  }
  return script;
}

Result<void> write_data(const std::string& name,
                        std::span<const LostBytes> lost) {
  const Fd file =
      TRY(open_file(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  for (const LostBytes& each : lost) {
    if (::lseek(file.get(), static_cast<off_t>(each.offset), SEEK_SET) < 0)
      return fail_errno(fmt::format("seek in {}", name));
    TRY(write_all(file.get(), each.bytes));
  }
  if (::fsync(file.get()) != 0) return fail_errno(fmt::format("sync {}", name));
  return {};
}

}  // namespace

Spool::Spool(std::optional<fs::path> folder, std::uint64_t limit)
    : folder_(folder ? std::move(folder) : state_folder()), limit_(limit) {}

Result<std::string> Spool::keep(const VPath& path,
                                std::span<const LostBytes> lost) const {
  if (!folder_) return fail(ENOENT, "neither XDG_STATE_HOME nor HOME is set");
  TRY(make_directories(*folder_));
  TRY(check_own(*folder_));
  std::uint64_t size = size_of(*folder_);
  for (const LostBytes& each : lost) size += each.bytes.size();
  if (size > limit_) {
    return fail(ENOSPC, fmt::format("{} would hold more than {} bytes",
                                    folder_->string(), limit_));
  }
  std::string entry = (*folder_ / plain_name(path)).string();
  if (::mkdtemp(entry.data()) == nullptr)
    return fail_errno(fmt::format("make a directory in {}", folder_->string()));
  TRY(write_data(entry + "/data", lost));
  const Fd script =
      TRY(open_file(entry + "/restore", O_WRONLY | O_CREAT | O_EXCL, 0700));
  TRY(write_all(script.get(), script_for(path, lost)));
  return entry;
}

}  // namespace vfsrun
