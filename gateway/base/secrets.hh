// SPDX-License-Identifier: GPL-2.0-or-later
// Secrets from where users keep them: the environment, a helper command,
// netrc. Any thread; blocks as long as the command runs. Nothing here is
// logged, and no error repeats a secret. Knows no protocol.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/call.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

/// Where a secret is to be had from; one of the three at most is given.
struct SecretSource {
  std::string text;      ///< itself, from a file that only its owner can read
  std::string variable;  ///< of the environment
  /// Program and arguments, run without a shell; its first line of output.
  std::vector<std::string> command;

  [[nodiscard]] bool given() const noexcept {
    return !text.empty() || !variable.empty() || !command.empty();
  }

  bool operator==(const SecretSource&) const = default;
};

struct Login {
  std::string user;
  std::string password;

  bool operator==(const Login&) const = default;
};

/// How long a helper command may take: it may have to ask its user.
inline constexpr std::chrono::seconds secret_command_time{30};

/// The secret, without the end of its line. EACCES with a sentence where
/// there is none, EINTR and ETIMEDOUT as `call` (or secret_command_time) says.
/// The command finds `environment` ("NAME=value") added to ours, and nothing
/// to read; what it writes to stderr is dropped.
Result<std::string> fetch_secret(const SecretSource& source,
                                 const std::vector<std::string>& environment,
                                 const Call& call);

/// What the text of a netrc file (ftp(1), curl's dialect with quotes and
/// comments) holds for `host`, else its default; with `user`, only that
/// user's password.
std::optional<Login> find_in_netrc(std::string_view text, std::string_view host,
                                   std::string_view user = {});

/// The same from $NETRC, else ~/.netrc. No file is no login; EACCES where it
/// is not ours or can be read by others.
Result<std::optional<Login>> netrc_login(std::string_view host,
                                         std::string_view user = {});

}  // namespace vfsrun
