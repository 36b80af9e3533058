// SPDX-License-Identifier: GPL-2.0-or-later
// What the user's own ssh configuration says of a host, asked from ssh itself
// (ssh -G). Any thread; blocks while ssh runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sftp/channel.hh"
#include "backends/sftp/host_name.hh"
#include "gateway/base/mount_table.hh"

namespace vfsrun::sftp {

/// Of ssh_config(5), what a client of our own has to know.
struct SshConfig {
  std::string hostname;
  std::uint16_t port = 22;
  std::string user;
  std::vector<std::string> identity_files;  ///< "~" and tokens expanded
  bool identities_only = false;
  std::string identity_agent;  ///< a socket; empty: as the environment says
  std::vector<std::string> known_hosts;  ///< the user's files, then the host's
  std::string host_key_alias;
  /// Names in the order of preference, with commas; empty: any.
  std::string ciphers;
  std::string macs;
  std::string key_exchanges;
  bool ipv4 = true;
  bool ipv6 = true;
  /// Why only ssh itself can make this connection; empty: libssh2 may do.
  std::string needs_ssh;

  /// The name that keys of this host are filed under.
  [[nodiscard]] std::string known_as() const;
};

/// What begins every command line of ssh for this host: program, -F, -p, -l.
/// "--" and the host are still to come.
std::vector<std::string> ssh_command(const HostName& host,
                                     const SftpOptions& options);

/// As a person would type it, for messages.
std::string typed_command(const HostName& host, const SftpOptions& options);

/// Asks ssh, or, where there is none, takes its defaults. The keys of the
/// mount stand above what ssh says.
Result<SshConfig> ask_ssh_config(const HostName& host,
                                 const SftpOptions& options,
                                 const Patience& patience);

/// The text that ssh -G prints. Pure but for the user's home directory.
Result<SshConfig> parse_ssh_config(std::string_view text);

}  // namespace vfsrun::sftp
