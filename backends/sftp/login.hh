// SPDX-License-Identifier: GPL-2.0-or-later
// What both transports know of a login, and what they say about host keys.
// Pure but for fetching a password; any thread.
#pragma once

#include <chrono>
#include <string>

#include "backends/sftp/host_name.hh"
#include "gateway/base/mount_table.hh"

namespace vfsrun::sftp {

/// One host as one mount sees it.
struct LoginContext {
  HostName host;
  SftpOptions options;
};

/// The mount's password, for `user` at the host; a command finds both in its
/// environment. Blocks while that runs.
Result<std::string> password_of(const LoginContext& context,
                                const std::string& user,
                                std::chrono::steady_clock::time_point until);

/// "ssh knows no key of HOST; to look at it and take it: COMMAND".
Error unknown_host_key(const LoginContext& context);
/// `where`: "file:line", or empty.
Error changed_host_key(const std::string& where);

}  // namespace vfsrun::sftp
