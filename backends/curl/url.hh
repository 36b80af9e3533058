// SPDX-License-Identifier: GPL-2.0-or-later
// Taking URLs apart and resolving redirects, by libcurl's own parser, so
// that what we check is what it connects to. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hh"

namespace vfsrun::curl {

/// A URL in parts, all still encoded.
struct UrlParts {
  std::string scheme;  ///< lower case
  std::string username;
  std::string password;
  std::string host;  ///< IPv6 in brackets
  std::string port;  ///< the scheme's own where none is written
  std::string path;  ///< at least "/"
  std::string query;
  bool has_query = false;

  /// "host:port", for messages.
  [[nodiscard]] std::string authority() const { return host + ":" + port; }

  /// RFC 6454: scheme, host and port alike.
  [[nodiscard]] bool same_origin(const UrlParts& other) const noexcept {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

/// EINVAL where it is no absolute http or https URL.
Result<UrlParts> parse_url(std::string_view url);

/// `reference`, which may be relative, as seen from `base`, without user and
/// fragment. EINVAL for what is no URL, EACCES for another scheme than http
/// and https, or http where `base` is https.
Result<std::string> resolve_redirect(const std::string& base,
                                     const std::string& reference);

}  // namespace vfsrun::curl
