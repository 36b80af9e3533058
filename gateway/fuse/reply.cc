// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/reply.hh"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>

namespace vfsrun::fuse {

namespace {

/// What files without Last-Modified show: 2000-01-01. Fixed, so that make
/// and rsync see no change; not 1970, which tar complains about.
constexpr std::time_t no_time = 946684800;
/// What cp and cat read at once.
constexpr blksize_t block_size = 1024L * 1024;
constexpr std::uint64_t stat_block = 512;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

mode_t type_of(Kind kind) {
  switch (kind) {
    case Kind::directory:
      return S_IFDIR;
    case Kind::symlink:
      return S_IFLNK;
    case Kind::file:
      break;
  }
  return S_IFREG;
}

struct stat stat_of(const NodeAttr& node, const Owner& owner) {
  struct stat out {};

  out.st_ino = node.number;
  out.st_mode = type_of(node.attr.kind) | node.attr.mode;
  out.st_nlink = node.attr.links;
  out.st_uid = node.attr.uid.value_or(owner.uid);
  out.st_gid = node.attr.gid.value_or(owner.gid);
  out.st_size = static_cast<off_t>(node.attr.size.value_or(0));
  out.st_blocks = static_cast<blkcnt_t>(
      (node.attr.size.value_or(0) + stat_block - 1) / stat_block);
  out.st_blksize = block_size;
  const std::time_t time = node.attr.modified.value_or(no_time);
  out.st_atim.tv_sec = node.attr.accessed.value_or(time);
  out.st_mtim.tv_sec = time;
  out.st_ctim.tv_sec = time;
  return out;
}

}  // namespace

fuse_entry_param entry_of(const EntryReply& entry,
                          const Owner& owner) noexcept {
  fuse_entry_param out{};
  out.ino = static_cast<fuse_ino_t>(entry.ino);
  out.attr = stat_of(entry.node, owner);
  out.attr_timeout = seconds(entry.node.valid);
  out.entry_timeout = seconds(entry.valid);
  return out;
}

void Reply::error(int code) noexcept { fuse_reply_err(take(), code); }

void Reply::nothing() noexcept { fuse_reply_none(take()); }

bool Reply::entry(const EntryReply& entry, const Owner& owner) noexcept {
  const fuse_entry_param out = entry_of(entry, owner);
  return fuse_reply_entry(take(), &out) == 0;
}

void Reply::attributes(const NodeAttr& node, const Owner& owner) noexcept {
  const struct stat out = stat_of(node, owner);
  fuse_reply_attr(take(), &out, seconds(node.valid));
}

bool Reply::opened(const fuse_file_info& info) noexcept {
  return fuse_reply_open(take(), &info) == 0;
}

bool Reply::created(const EntryReply& entry, const Owner& owner,
                    const fuse_file_info& info) noexcept {
  const fuse_entry_param out = entry_of(entry, owner);
  return fuse_reply_create(take(), &out, &info) == 0;
}

void Reply::written(std::size_t bytes) noexcept {
  fuse_reply_write(take(), bytes);
}

bool Reply::data(std::span<const std::byte> bytes) noexcept {
  return fuse_reply_buf(take(), reinterpret_cast<const char*>(bytes.data()),
                        bytes.size()) == 0;
}

void Reply::link(const std::string& target) noexcept {
  fuse_reply_readlink(take(), target.c_str());
}

void Reply::statistics(const std::optional<StoreSpace>& space) noexcept {
  struct statvfs out {};

  out.f_bsize = block_size;
  out.f_frsize = 4096;
  out.f_namemax = NAME_MAX;
  if (space) {
    out.f_frsize = space->block_size;
    const std::uint64_t unit = std::max<std::uint64_t>(space->block_size, 1);
    out.f_blocks = space->total / unit;
    out.f_bfree = space->free / unit;
    out.f_bavail = space->available / unit;
    out.f_files = space->files;
    out.f_ffree = out.f_favail = space->free_files;
  } else {
    out.f_bsize = 4096;
    out.f_flag = ST_RDONLY;
  }
  fuse_reply_statfs(take(), &out);
}

}  // namespace vfsrun::fuse
