// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of the SSH file transfer protocol, version 3 (the draft
// draft-ietf-secsh-filexfer-02, sections 3 to 7, and OpenSSH's PROTOCOL file).
// Constants only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vfsrun::sftp {

inline constexpr std::uint32_t protocol_version = 3;

enum class PacketType : std::uint8_t {
  init = 1,
  version = 2,
  open = 3,
  close = 4,
  read = 5,
  write = 6,
  lstat = 7,
  fstat = 8,
  setstat = 9,
  fsetstat = 10,
  opendir = 11,
  readdir = 12,
  remove = 13,
  mkdir = 14,
  rmdir = 15,
  realpath = 16,
  stat = 17,
  rename = 18,
  readlink = 19,
  symlink = 20,
  status = 101,
  handle = 102,
  data = 103,
  name = 104,
  attrs = 105,
  extended = 200,
  extended_reply = 201,
};

/// Of SSH_FXP_STATUS. Those past 8 are of later versions; servers of this one
/// are known to send them all the same.
enum class Status : std::uint32_t {
  ok = 0,
  eof = 1,
  no_such_file = 2,
  permission_denied = 3,
  failure = 4,
  bad_message = 5,
  no_connection = 6,
  connection_lost = 7,
  op_unsupported = 8,
  no_such_path = 10,
  file_already_exists = 11,
  write_protect = 12,
  no_space = 14,
  quota_exceeded = 15,
  directory_not_empty = 18,
  not_a_directory = 19,
  invalid_filename = 20,
  link_loop = 21,
  file_is_a_directory = 24,
};

// SSH_FXF_*: how a file is opened (section 6.3).
inline constexpr std::uint32_t open_read = 0x01;
inline constexpr std::uint32_t open_write = 0x02;
inline constexpr std::uint32_t open_create = 0x08;
inline constexpr std::uint32_t open_truncate = 0x10;
inline constexpr std::uint32_t open_exclusive = 0x20;

// SSH_FILEXFER_ATTR_*: what an attribute block holds (section 5).
inline constexpr std::uint32_t has_size = 0x01;
inline constexpr std::uint32_t has_owner = 0x02;
inline constexpr std::uint32_t has_permissions = 0x04;
inline constexpr std::uint32_t has_times = 0x08;
inline constexpr std::uint32_t has_extended = 0x80000000;

/// The longest packet that is taken, whatever a server says of itself; and
/// what every server takes (section 3).
inline constexpr std::size_t longest_packet = std::size_t{1} << 20;
inline constexpr std::size_t common_packet = 34'000;
inline constexpr std::size_t common_data = 32'768;
/// A handle is at most so long (section 6.3).
inline constexpr std::size_t longest_handle = 256;

}  // namespace vfsrun::sftp
