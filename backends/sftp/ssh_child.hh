// SPDX-License-Identifier: GPL-2.0-or-later
// The sftp subsystem over the user's own ssh program.
#pragma once

#include "backends/sftp/channel.hh"
#include "backends/sftp/login.hh"

namespace vfsrun::sftp {

/// Starts `ssh -s -- HOST sftp`; gives it at once, connected or not. What ssh
/// says when it fails becomes the error of the first read that meets its end.
/// ENOENT where there is no ssh. `before`: what another way had failed by.
Result<std::unique_ptr<Channel>> open_by_ssh(const LoginContext& context,
                                             const std::string& before);

/// What ssh wrote before it ended → errno and a sentence. Pure.
Error explain_ssh(const LoginContext& context, std::string_view said);

}  // namespace vfsrun::sftp
