// SPDX-License-Identifier: GPL-2.0-or-later
// Index pages of web servers → entries: nginx, Apache, lighttpd, Caddy,
// Python's http.server, and what resembles them. Pure; any thread.
#pragma once

#include "backends/listing.hh"

namespace vfsrun {

/// `base` is the page's URL, whose path ends in '/'. ENOSYS when the page is
/// no index; EFBIG past a limit; EINTR when told to give up.
Result<ParsedListing> parse_html_listing(std::string_view html,
                                         const std::string& base,
                                         const ListingLimits& limits);

}  // namespace vfsrun
