// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/login.hh"

#include <fmt/core.h>

#include "backends/sftp/ssh_config.hh"

namespace vfsrun::sftp {

Result<std::string> password_of(const LoginContext& context,
                                const std::string& user,
                                std::chrono::steady_clock::time_point until) {
  Call call;
  call.deadline = until;
  return fetch_secret(
      context.options.password,
      {"VFSRUN_HOST=" + context.host.host, "VFSRUN_USER=" + user}, call);
}

Error unknown_host_key(const LoginContext& context) {
  return {EACCES,
          fmt::format("its host key is not known here; to see and accept it: "
                      "{}",
                      typed_command(context.host, context.options))};
}

Error changed_host_key(const std::string& where) {
  return {EACCES,
          fmt::format(
              "THE HOST KEY HAS CHANGED, somebody may be listening in: another "
              "one is known{}{}. If the change is rightful, remove that line",
              where.empty() ? " to ssh" : " by ", where)};
}

}  // namespace vfsrun::sftp
