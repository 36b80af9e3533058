// SPDX-License-Identifier: GPL-2.0-or-later
// Who we are to the servers of one mount: secrets fetched when first needed,
// kept in memory, and not tried again and again where they were refused.
// Thread-safe; blocks while a helper command runs.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "backends/curl/url.hh"
#include "gateway/base/call.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/secrets.hh"

namespace vfsrun {

/// What goes with a request; all empty: nothing.
struct HttpIdentity {
  Login login;        ///< Basic (RFC 7617)
  std::string token;  ///< Bearer (RFC 6750)

  [[nodiscard]] bool given() const noexcept {
    return !login.user.empty() || !token.empty();
  }
};

class HttpCredentials {
 public:
  /// For how long a refused secret is not shown again: servers lock users out.
  static constexpr std::chrono::seconds refused_for{30};

  explicit HttpCredentials(HttpOptions options)
      : options_(std::move(options)) {}

  /// For requests to `origin`, which is the mount's own (of a {host} mount:
  /// the host that was named). EACCES with a sentence where there should be a
  /// secret and is none, or where it was refused a moment ago.
  Result<HttpIdentity> identity(const curl::UrlParts& origin, Call& call);

  /// The server answered 401 to what identity() gave. True: it may be worth
  /// another try at once, as a helper command may have a newer secret.
  bool refused(const curl::UrlParts& origin);
  /// It answered anything else.
  void accepted(const curl::UrlParts& origin);

 private:
  using Clock = std::chrono::steady_clock;

  struct Known {
    HttpIdentity identity;
    bool renewable = false;  ///< from a command, and has worked before
    Clock::time_point refused_until;
  };

  Result<HttpIdentity> fetch(const curl::UrlParts& origin, Call& call) const;

  HttpOptions options_;
  Guarded<std::map<std::string, Known>> known_;  // by origin
};

}  // namespace vfsrun
