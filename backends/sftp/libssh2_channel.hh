// SPDX-License-Identifier: GPL-2.0-or-later
// The sftp subsystem over a libssh2 session.
#pragma once

#include "backends/sftp/channel.hh"
#include "backends/sftp/login.hh"
#include "backends/sftp/ssh_config.hh"

namespace vfsrun::sftp {

/// ENOPROTOOPT and ENOKEY where ssh itself might get further.
Result<std::unique_ptr<Channel>> open_by_libssh2(const LoginContext& context,
                                                 const SshConfig& config,
                                                 const Patience& patience);

}  // namespace vfsrun::sftp
