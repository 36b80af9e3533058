// SPDX-License-Identifier: GPL-2.0-or-later
// What an answer says: a handle, attributes, names, data, or how it failed.
// Pure; any thread. `what` is named in messages, a path mostly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/live_tree.hh"
#include "backends/sftp/attributes.hh"
#include "backends/sftp/packet.hh"

namespace vfsrun::sftp {

struct Name {
  std::string name;  ///< as the server sent it: not yet a valid one
  FileAttributes attributes;
};

/// The errno of a status that is neither ok nor eof. What the server calls a
/// failure and no more is EIO, which no other status becomes; EOPNOTSUPP is
/// a request that it does not know.
int errno_of(Status status) noexcept;

/// What Request::wait() gives: an answer, or why there is none, which all of
/// these pass on.
using Answer = Result<Reply>;

/// EPROTO for an answer of the wrong type, in all of these.
Result<void> expect_ok(const Answer& answer, std::string_view what);
Result<std::string> expect_handle(const Answer& answer, std::string_view what);
Result<FileAttributes> expect_attributes(const Answer& answer,
                                         std::string_view what);
/// The one path that readlink and realpath answer with.
Result<std::string> expect_path(const Answer& answer, std::string_view what);
Result<StoreSpace> expect_space(const Answer& answer, std::string_view what);

/// Of an SSH_FXP_NAME.
Result<std::vector<Name>> read_names(const Reply& reply);

/// False at the end: SSH_FX_EOF.
Result<bool> more_to_come(const Answer& answer, PacketType wanted,
                          std::string_view what);

/// The bytes of an SSH_FXP_DATA.
Result<std::span<const std::byte>> read_data(const Reply& reply);

}  // namespace vfsrun::sftp
