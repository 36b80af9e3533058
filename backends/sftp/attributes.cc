// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/attributes.hh"

#include <fmt/core.h>
#include <sys/stat.h>

namespace vfsrun::sftp {

namespace {

constexpr mode_t permission_bits = 0777;

Result<std::uint32_t> wire_time(std::time_t time) {
  if (time < 0 || time > UINT32_MAX)
    return fail(EINVAL, "the protocol has no date before 1970 or after 2106");
  return static_cast<std::uint32_t>(time);
}

}  // namespace

Result<FileAttributes> read_attributes(PacketReader& reader) {
  FileAttributes out;
  const std::uint32_t flags = TRY(reader.number32());
  if ((flags & has_size) != 0) out.size = TRY(reader.number64());
  if ((flags & has_owner) != 0) {
    out.uid = TRY(reader.number32());
    out.gid = TRY(reader.number32());
  }
  if ((flags & has_permissions) != 0) out.permissions = TRY(reader.number32());
  if ((flags & has_times) != 0) {
    out.accessed = TRY(reader.number32());
    out.modified = TRY(reader.number32());
  }
  if ((flags & has_extended) != 0) {
    const std::uint32_t count = TRY(reader.number32());
    // Each is two lengths at least, so a lying count ends with the packet.
    for (std::uint32_t i = 0; i < count; ++i) {
      TRY(reader.data());
      TRY(reader.data());
    }
  }
  return out;
}

void write_attributes(PacketWriter& writer, const FileAttributes& attributes) {
  const bool owner = attributes.uid && attributes.gid;
  const bool times = attributes.accessed && attributes.modified;
  writer.number((attributes.size ? has_size : 0) | (owner ? has_owner : 0) |
                (attributes.permissions ? has_permissions : 0) |
                (times ? has_times : 0));
  if (attributes.size) writer.number64(*attributes.size);
  if (owner) writer.number(*attributes.uid).number(*attributes.gid);
  if (attributes.permissions) writer.number(*attributes.permissions);
  if (times) writer.number(*attributes.accessed).number(*attributes.modified);
}

bool is_special(const FileAttributes& attributes) noexcept {
  if (!attributes.permissions) return false;
  const mode_t type = *attributes.permissions & S_IFMT;
  return type != 0 && type != S_IFREG && type != S_IFDIR && type != S_IFLNK;
}

Attr shown(const FileAttributes& attributes, const RemoteUser& own) {
  Attr attr;
  const mode_t mode = attributes.permissions.value_or(S_IFREG);
  if (S_ISDIR(mode)) attr.kind = Kind::directory;
  if (S_ISLNK(mode)) attr.kind = Kind::symlink;
  attr.mode = mode & permission_bits;
  if (is_special(attributes)) {
    attr.size = 0;
  } else {
    attr.size = attributes.size;
  }
  if (attributes.modified)
    attr.modified = static_cast<std::time_t>(*attributes.modified);
  if (attributes.accessed)
    attr.accessed = static_cast<std::time_t>(*attributes.accessed);
  if (attributes.uid != own.uid) attr.uid = attributes.uid;
  if (attributes.gid != own.gid) attr.gid = attributes.gid;
  attr.version = version_of(attributes);
  return attr;
}

Version version_of(const FileAttributes& attributes) {
  if (!attributes.size || !attributes.modified) return {};
  return {fmt::format("{}-{}", *attributes.size, *attributes.modified)};
}

Result<FileAttributes> to_send(const AttrChange& change) {
  FileAttributes out;
  if (change.accessed.has_value() != change.modified.has_value())
    return fail(EINVAL, "one date without the other");
  out.size = change.size;
  if (change.mode) out.permissions = *change.mode & permission_bits;
  if (change.accessed) out.accessed = TRY(wire_time(*change.accessed));
  if (change.modified) out.modified = TRY(wire_time(*change.modified));
  return out;
}

}  // namespace vfsrun::sftp
