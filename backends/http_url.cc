// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_url.hh"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "backends/curl/url.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

constexpr std::string_view host_key = "{host}";
// RFC 3986 section 3.3: what a path may hold as it is, '%' aside.
constexpr std::string_view legal_in_path = "/!$&'()*+,;=:@";
// Section 3.4. A query is the user's own writing: its %XX stay.
constexpr std::string_view legal_in_query = "/!$&'()*+,;=:@?%";

/// True where a '%' begins one of the two escapes that names may hold.
bool is_kept_escape(std::string_view at) {
  return at.starts_with("%25") || at.starts_with("%3F") ||
         at.starts_with("%3f");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
         c == '-' || c == '_';
}

bool valid_port(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  const auto number = parse_number(port);
  return number && *number > 0 && *number <= 65535;
}

bool valid_ipv4(std::string_view text) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool valid_ipv6(std::string_view text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

/// RFC 1123 section 2.1, with the '_' that is seen in the wild.
bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, is_host_char);
}

bool valid_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::string_view label;
  for (std::size_t at = 0; at <= host.size();) {
    const std::size_t end = std::min(host.find('.', at), host.size());
    label = host.substr(at, end - at);
    if (!valid_label(label)) return false;
    at = end + 1;
  }
  // inet_aton(3) takes "1", "127.1" and "0x7f.1" for addresses, and libcurl
  // with it. Such a name has one spelling here: four decimal numbers.
  const bool hexadecimal = label.starts_with("0x") || label.starts_with("0X");
  if (hexadecimal || std::ranges::all_of(label, is_digit))
    return valid_ipv4(host);
  return true;
}

}  // namespace

std::string encode_url_path(std::string_view path) {
  const std::size_t question = path.find('?');
  const std::string_view names = path.substr(0, question);
  std::string out;
  out.reserve(path.size() + 16);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_kept_escape(names.substr(i))) {
      out += names.substr(i, 3);
      i += 2;
    } else {
      out += percent_encode(names.substr(i, 1), legal_in_path);
    }
  }
  if (question != path.npos) {
    out += '?';
    out += percent_encode(path.substr(question + 1), legal_in_query);
  }
  return out;
}

std::string name_from_segment(std::string_view decoded) {
  std::string out;
  out.reserve(decoded.size());
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    if (decoded[i] == '?') {
      out += "%3F";
    } else if (is_kept_escape(decoded.substr(i))) {
      out += "%25";
    } else {
      out += decoded[i];
    }
  }
  return out;
}

bool valid_authority(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == authority.npos) return false;
    const std::string_view rest = authority.substr(close + 1);
    return valid_ipv6(authority.substr(1, close - 1)) &&
           (rest.empty() ||
            (rest.starts_with(':') && valid_port(rest.substr(1))));
  }
  const std::size_t colon = authority.find(':');
  if (!valid_host_name(authority.substr(0, colon))) return false;
  return colon == authority.npos || valid_port(authority.substr(colon + 1));
}

Result<HttpUrls> HttpUrls::parse(const Mount& mount) {
  HttpUrls urls;
  const std::string& url = mount.url;
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == url.npos)
    return fail(EINVAL, "expected a URL such as https://host/path/");
  urls.scheme_ = url.substr(0, scheme_end);
  if (urls.scheme_ != "http" && urls.scheme_ != "https")
    return fail(EINVAL, "expected a URL with http:// or https://");
  if (url.find_first_of("?#") != url.npos)
    return fail(EINVAL, "a mount's URL has neither '?' nor '#'");
  const std::size_t start = scheme_end + 3;
  const std::size_t slash = std::min(url.find('/', start), url.size());
  std::string_view authority =
      std::string_view(url).substr(start, slash - start);
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    const std::string_view user = authority.substr(0, at);
    const std::size_t colon = user.find(':');
    urls.username_ = percent_decode(user.substr(0, colon));
    if (colon != user.npos)
      urls.password_ = percent_decode(user.substr(colon + 1));
    authority.remove_prefix(at + 1);
  }
  urls.authority_ = authority;
  urls.base_path_ = url.substr(slash);
  while (urls.base_path_.ends_with('/')) urls.base_path_.pop_back();
  urls.has_template_ = authority.find(host_key) != authority.npos;
  if (urls.base_path_.find(host_key) != std::string::npos)
    return fail(EINVAL, "{host} stands for a host, not for a part of the path");
  std::string sample = urls.authority_;
  if (urls.has_template_)
    sample.replace(sample.find(host_key), host_key.size(), "host");
  if (!valid_authority(sample))
    return fail(EINVAL, fmt::format("\"{}\" is no host[:port]", authority));
  if (const auto parsed =
          curl::parse_url(urls.scheme_ + "://" + sample + urls.base_path_);
      !parsed) {
    return fail(EINVAL, parsed.error().detail);
  }
  return urls;
}

Result<HttpTarget> HttpUrls::file(const VPath& path) const {
  return target(path, false);
}

Result<HttpTarget> HttpUrls::directory(const VPath& path) const {
  return target(path, true);
}

Result<HttpTarget> HttpUrls::target(const VPath& path, bool directory) const {
  HttpTarget out;
  std::string authority = authority_;
  std::string_view rest = path.is_root() ? std::string_view() : path.str();
  if (has_template_) {
    if (path.is_root()) {
      out.root = true;
      return out;
    }
    out.host = path.components().front();
    rest.remove_prefix(1 + out.host.size());
    if (!valid_authority(out.host)) return fail(ENOENT);
    authority.replace(authority.find(host_key), host_key.size(), out.host);
    if (!valid_authority(authority)) return fail(ENOENT);
  }
  out.root = rest.empty();
  std::string names(rest);
  if (directory) {
    const std::size_t question = std::min(names.find('?'), names.size());
    names.insert(question, "/");
  }
  out.url = scheme_ + "://" + authority + base_path_ + encode_url_path(names);
  if (out.root && !directory) out.url += '/';
  return out;
}

}  // namespace vfsrun
