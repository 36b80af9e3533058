// SPDX-License-Identifier: GPL-2.0-or-later
// The requests about one open file. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "backends/live_tree.hh"
#include "backends/sftp/transfer.hh"

namespace vfsrun::sftp {

/// SSH_FXP_OPEN; `mode` is for a file that is created.
inline PacketWriter open_packet(const std::string& path, const OpenMode& how,
                                std::optional<mode_t> mode) {
  PacketWriter packet(PacketType::open);
  packet.text(path).number((how.read ? open_read : 0) |
                           (how.write ? open_write : 0) |
                           (how.create ? open_create : 0) |
                           (how.create && how.exclusive ? open_exclusive : 0) |
                           (how.truncate ? open_truncate : 0));
  FileAttributes attributes;
  if (mode) attributes.permissions = *mode & 0777;
  write_attributes(packet, attributes);
  return packet;
}

/// What takes the handle and nothing else, or has more to be added.
inline PacketWriter handle_packet(PacketType type, const OpenHandle& file) {
  PacketWriter packet(type);
  packet.text(file.handle);
  return packet;
}

}  // namespace vfsrun::sftp
