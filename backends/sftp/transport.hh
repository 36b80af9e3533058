// SPDX-License-Identifier: GPL-2.0-or-later
// Which way to a host: libssh2, or the user's ssh where libssh2 cannot. Used
// by the threads of a host's connections.
#pragma once

#include <memory>

#include "backends/sftp/channel.hh"
#include "backends/sftp/login.hh"

namespace vfsrun::sftp {

/// How the connections of one host are opened. The first one finds out; what
/// it found holds for the later ones.
OpenChannel make_transport(LoginContext context);

}  // namespace vfsrun::sftp
