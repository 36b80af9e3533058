// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/host_name.hh"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "gateway/base/text.hh"

namespace vfsrun::sftp {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view marks) {
  return std::ranges::all_of(text, [&](char c) {
    return is_alphanumeric(c) || marks.find(c) != marks.npos;
  });
}

bool valid_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' &&
         host.front() != '.' && consists_of(host, "-._");
}

bool valid_user(std::string_view user) {
  return !user.empty() && user.size() <= 64 && user.front() != '-' &&
         consists_of(user, "-._+");
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

Result<HostName> HostName::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ENOENT, fmt::format("\"{}\" cannot be a host: {}", text, why));
  };
  HostName out;
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != rest.npos) {
    out.user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (!valid_user(out.user)) return refuse("no such user name");
  }
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == rest.npos) return refuse("no ']'");
    out.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!is_ipv6(out.host)) return refuse("no IPv6 address in brackets");
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    out.host = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!valid_host(out.host)) {
      return refuse(
          "expected [user@]host[:port], of letters, digits, '-', '.' and '_'");
    }
  }
  if (rest.empty()) return out;
  const auto port = parse_number(rest.substr(1));
  if (rest.front() != ':' || !port || *port < 1 || *port > 65535)
    return refuse("no port from 1 to 65535");
  out.port = static_cast<std::uint16_t>(*port);
  return out;
}

std::string HostName::str() const {
  std::string out = user.empty() ? "" : user + "@";
  out += host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != 0) out += ":" + std::to_string(port);
  return out;
}

}  // namespace vfsrun::sftp
