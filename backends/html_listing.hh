// SPDX-License-Identifier: GPL-2.0-or-later
// Index pages of web servers → entries: nginx, Apache, Python's http.server.
// Pure; any thread. The page is hostile: memory and time are bounded. The
// only place that knows gumbo.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hh"

namespace vfsrun {

struct ListingLimits {
  std::size_t memory = std::size_t{512} * 1024 * 1024;  ///< while parsing
  std::size_t entries = 1'000'000;
  std::function<bool()> give_up;  ///< asked now and then; may be empty
};

struct Listing {
  std::vector<DirEntry> entries;  ///< each name once, in the page's order
  std::size_t dropped = 0;        ///< links that are no names of this place
};

/// `base` is the page's URL, whose path ends in '/'. ENOSYS when the page is
/// no index; EFBIG past a limit; EINTR when told to give up.
Result<Listing> parse_index_page(std::string_view html, const std::string& base,
                                 const ListingLimits& limits = {});

}  // namespace vfsrun
