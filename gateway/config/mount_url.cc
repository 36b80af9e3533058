// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_url.hh"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "gateway/base/schemes.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

constexpr std::string_view host_placeholder = "{host}";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

bool valid_port(std::string_view port) {
  const auto number = parse_number(port);
  return number && *number >= 1 && *number <= 65535;
}

// RFC 3986 section 3.2.2: an address in brackets, else a name; a leading
// hyphen would make an option of it on some command line.
bool valid_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return !host.empty() && std::ranges::all_of(host, [](char c) {
      return is_alphanumeric(c) || c == ':' || c == '.';
    });
  }
  return !host.empty() && host.size() <= 253 && host.front() != '-' &&
         host.front() != '.' && std::ranges::all_of(host, [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

/// What may stand before an '@' where ssh takes the rest of a login from its
/// own configuration.
bool valid_ssh_user(std::string_view user) {
  return !user.empty() && user.front() != '-' &&
         std::ranges::all_of(user, [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' ||
                  c == '+';
         });
}

Result<void> check_authority(std::string_view scheme,
                             std::string_view authority) {
  if (scheme == "sftp") {
    const std::size_t at = authority.rfind('@');
    const std::string_view user = authority.substr(0, at);
    if (at != authority.npos && user.find(':') != user.npos)
      return fail(EINVAL, "has a password in it; expected [sftp] keys");
    if (at != authority.npos && !valid_ssh_user(user))
      return fail(EINVAL, "has a user name that cannot be one");
    if (at != authority.npos) authority.remove_prefix(at + 1);
  }
  if (authority.find('@') != authority.npos) {
    return fail(EINVAL,
                "has a user name or password in it, which belong into "
                "~/.netrc (mode 0600)");
  }
  if (authority == host_placeholder) return {};
  if (authority.find_first_of("{}") != authority.npos)
    return fail(EINVAL, "has more than {host} between :// and the next '/'");
  if (authority.empty()) return fail(EINVAL, "has no host");
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool has_port =
      colon != authority.npos && (bracket == authority.npos || colon > bracket);
  if (has_port && !valid_port(authority.substr(colon + 1)))
    return fail(EINVAL, "has a port that is no number from 1 to 65535");
  if (!valid_host(has_port ? authority.substr(0, colon) : authority))
    return fail(EINVAL, "has a host name that cannot be one");
  return {};
}

Result<void> check_path(std::string_view path) {
  if (path.find(host_placeholder) != path.npos)
    return fail(EINVAL, "has {host} elsewhere than right after ://");
  if (path.find_first_of("{}") != path.npos)
    return fail(EINVAL, "has a '{' or '}' that belongs to no {host}");
  if (path.find_first_of("?#") != path.npos)
    return fail(EINVAL, "has a query or fragment ('?' or '#')");
  return {};
}

}  // namespace

Result<std::string> check_mount_url(std::string_view url) {
  const bool plain = std::ranges::all_of(url, [](char c) {
    return c > ' ' && static_cast<unsigned char>(c) < 127;
  });
  if (!plain) {
    return fail(EINVAL,
                "has a blank, control or non-ASCII character, which must be "
                "percent-encoded");
  }
  const std::size_t colon = url.find("://");
  if (colon == url.npos) return fail(EINVAL, "has no scheme");
  const std::string scheme = to_lower(url.substr(0, colon));
  const std::string_view rest = url.substr(colon + 3);
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  // First of all, so that no message below is about part of a password.
  TRY(check_authority(scheme, rest.substr(0, slash)));
  if (std::ranges::find(mount_schemes, scheme) == mount_schemes.end()) {
    return fail(EINVAL, fmt::format("has a scheme that is not known here ({})",
                                    fmt::join(mount_schemes, ", ")));
  }
  TRY(check_path(rest.substr(slash)));
  std::string whole = scheme + "://" + std::string(rest);
  if (!whole.ends_with('/')) whole += '/';
  return whole;
}

Result<void> check_proxy_url(std::string_view url) {
  constexpr std::array<std::string_view, 5> kinds{"http", "https", "socks4a",
                                                  "socks5", "socks5h"};
  const std::size_t colon = url.find("://");
  if (colon == url.npos) return fail(EINVAL, "has no scheme");
  std::string_view rest = url.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest == host_placeholder) return fail(EINVAL, "has no host");
  TRY(check_authority("http", rest));
  if (std::ranges::find(kinds, to_lower(url.substr(0, colon))) == kinds.end())
    return fail(EINVAL, "has a scheme that no proxy has here");
  return {};
}

}  // namespace vfsrun
