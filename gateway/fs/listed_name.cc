// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/listed_name.hh"

#include <fmt/core.h>

#include <algorithm>

namespace vfsrun {

ListedName read_listing(const MetaCache::KnownListing& listing,
                        std::string_view name) {
  const auto& entries = *listing.entries;
  const auto at = std::ranges::lower_bound(
      entries, name, {},
      [](const DirEntry& entry) { return std::string_view(entry.name); });
  ListedName out;
  if (at == entries.end() || at->name != name) {
    if (listing.complete && !may_be_hidden(name))
      out.says = ListedName::Says::absent;
    return out;
  }
  if (at->attr) {
    out.says = ListedName::Says::all;
    out.attr = *at->attr;
    return out;
  }
  out.attr.kind = at->kind;
  out.says = ListedName::Says::kind;
  if (at->kind == Kind::directory) {
    out.says = ListedName::Says::all;
  } else if (at->size && at->modified && !listing.wrong_dates) {
    out.says = ListedName::Says::all;
    out.attr.size = at->size;
    out.attr.modified = at->modified;
    out.attr.version.tag =
        fmt::format("listed {} {}", *at->size, *at->modified);
  }
  return out;
}

bool may_be_hidden(std::string_view name) noexcept {
  return name.empty() || name.front() == '.' || name.back() == '~' ||
         name.find('?') != name.npos;
}

Agreement compare(const DirEntry& entry, const Attr& answer) noexcept {
  if (!entry.size || !entry.modified || entry.size != answer.size)
    return Agreement::none;
  if (!answer.modified) return Agreement::same;
  const std::time_t since = *answer.modified - *entry.modified;
  const bool within =
      since >= 0 && since < static_cast<std::time_t>(entry.modified_step);
  return within ? Agreement::same : Agreement::dates;
}

}  // namespace vfsrun
