// SPDX-License-Identifier: GPL-2.0-or-later
// Host key and login of a libssh2 session. Used by one thread, within its
// patience; an agent may keep it waiting beyond that.
#pragma once

#include "backends/sftp/known_hosts.hh"
#include "backends/sftp/libssh2_session.hh"
#include "backends/sftp/login.hh"
#include "backends/sftp/ssh_config.hh"

namespace vfsrun::sftp {

/// A session on its way in.
struct Libssh2Login {
  LIBSSH2_SESSION* session;
  int socket;
  const LoginContext& context;
  const SshConfig& config;
  const Patience& patience;
};

/// Greets and agrees on keys, with host keys of known types alone where some
/// are known. ENOPROTOOPT where server and libssh2 have nothing in common.
Result<void> shake_hands(const Libssh2Login& login, const KnownHosts& known);

/// EACCES with a sentence and what to do for every key but a known one.
Result<void> check_host_key(const Libssh2Login& login, const KnownHosts& known);

/// Agent, key files, password. ENOKEY, with all that was tried, where none of
/// them was taken.
Result<void> log_in(const Libssh2Login& login);

}  // namespace vfsrun::sftp
