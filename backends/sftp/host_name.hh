// SPDX-License-Identifier: GPL-2.0-or-later
// Whom to talk to, as it stands in a path or a url. Paths come from programs
// and are not to be trusted: what passes here can be no option of ssh's and
// nothing that a shell would take apart. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hh"

namespace vfsrun::sftp {

/// [user@]host[:port]; an IPv6 address stands in brackets.
struct HostName {
  std::string user;        ///< empty: as the user's ssh says
  std::string host;        ///< without brackets; may be an alias of ssh's
  std::uint16_t port = 0;  ///< 0: as the user's ssh says

  /// ENOENT with a sentence for what cannot be one.
  static Result<HostName> parse(std::string_view text);

  /// As it was given.
  [[nodiscard]] std::string str() const;

  auto operator<=>(const HostName&) const = default;
};

}  // namespace vfsrun::sftp
