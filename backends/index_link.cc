// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/index_link.hh"

#include <algorithm>

#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

using Meaning = IndexLink::Meaning;

/// RFC 3986 section 3.1.
bool has_scheme(std::string_view href) {
  const std::size_t end = href.find_first_of(":/?");
  return end != href.npos && href[end] == ':';
}

IndexLink entry(std::string_view path) {
  const bool directory = path.ends_with('/');
  if (directory) path.remove_suffix(1);
  if (path.find_first_of("/?") != path.npos) return {Meaning::hostile, {}};
  return {Meaning::entry, percent_decode(path), directory};
}

}  // namespace

IndexLinks::IndexLinks(curl::UrlParts base)
    : base_(std::move(base)), base_path_(percent_decode(base_.path)) {}

IndexLink IndexLinks::read(std::string_view href) const {
  href = href.substr(0, href.find('#'));
  if (href.empty() || href.front() == '?') return {};
  std::string absolute;
  std::string_view path = href;
  if (has_scheme(href) || href.starts_with("//")) {
    absolute = href.starts_with("//") ? base_.scheme + ":" : std::string();
    const auto parts = curl::parse_url(absolute.append(href));
    if (!parts || !parts->same_origin(base_)) return {Meaning::hostile, {}};
    absolute = parts->path + (parts->has_query ? "?" + parts->query : "");
    path = absolute;
  }
  if (path.starts_with('/')) {
    const std::string decoded = percent_decode(path);
    if (base_path_.starts_with(decoded)) return {};  // the parent, or the top
    if (!decoded.starts_with(base_path_)) return {Meaning::hostile, {}};
    path = below_base(path);
  }
  while (path.starts_with("./")) path.remove_prefix(2);
  if (path.empty() || path == "." || path == ".." || path == "../") return {};
  return entry(path);
}

/// The path without as many segments as the page's own has.
std::string_view IndexLinks::below_base(std::string_view path) const {
  for (auto left = std::ranges::count(base_.path, '/'); left > 0; --left) {
    const std::size_t slash = path.find('/');
    if (slash == path.npos) return {};
    path.remove_prefix(slash + 1);
  }
  return path;
}

}  // namespace vfsrun
