// SPDX-License-Identifier: GPL-2.0-or-later
// What a server says of itself when a connection begins. Pure values.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "backends/sftp/attributes.hh"
#include "backends/sftp/packet.hh"

namespace vfsrun::sftp {

/// What is made use of. Names and versions are those of OpenSSH's PROTOCOL
/// file, section 4.
struct Features {
  bool posix_rename = false;
  bool fsync = false;
  bool statvfs = false;
  bool hardlink = false;
  bool lsetstat = false;
  bool limits = false;
  /// Longest data of one request, as limits@openssh.com says.
  std::size_t longest_read = common_data;
  std::size_t longest_write = common_data;
  std::string home;  ///< absolute; where relative paths begin
  RemoteUser user;
};

/// From the body of SSH_FXP_VERSION, after the version: pairs of texts.
Result<Features> read_extensions(std::span<const std::byte> body);

/// Takes what the answer to limits@openssh.com says, within reason.
Result<void> read_limits(const Reply& reply, Features& features);

}  // namespace vfsrun::sftp
