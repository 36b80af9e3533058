// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes as the protocol sends them ↔ as the gateway shows them. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backends/live_tree.hh"
#include "backends/sftp/packet.hh"

namespace vfsrun::sftp {

/// An attribute block (section 5); what it does not hold is left out.
struct FileAttributes {
  std::optional<std::uint64_t> size;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::uint32_t> permissions;  ///< st_mode, with the type
  std::optional<std::uint32_t> accessed;     ///< set together with modified
  std::optional<std::uint32_t> modified;

  bool operator==(const FileAttributes&) const = default;
};

Result<FileAttributes> read_attributes(PacketReader& reader);
void write_attributes(PacketWriter& writer, const FileAttributes& attributes);

/// Neither file, directory nor link: opening it could hang the server.
bool is_special(const FileAttributes& attributes) noexcept;

/// Who the remote user is in numbers of the server's, where that is known.
struct RemoteUser {
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
};

/// As it is shown: no set-id and sticky bits, devices, pipes and sockets as
/// empty files, and what belongs to `own` as the gateway's user's.
Attr shown(const FileAttributes& attributes, const RemoteUser& own);

/// Of two equal ones the bytes are taken to be the same: size and time.
Version version_of(const FileAttributes& attributes);

/// What to send for a change. Times go in pairs: EINVAL where only one is
/// given (the caller asks for the other first) or one that 32 bits cannot
/// hold.
Result<FileAttributes> to_send(const AttrChange& change);

}  // namespace vfsrun::sftp
