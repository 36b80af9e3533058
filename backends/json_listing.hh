// SPDX-License-Identifier: GPL-2.0-or-later
// Listings in JSON: nginx (autoindex_format json), Caddy. Pure; any thread.
// The only place that knows nlohmann's parser.
#pragma once

#include "backends/listing.hh"

namespace vfsrun {

/// ENOSYS for JSON that is no listing, and for what is no JSON.
Result<ParsedListing> parse_json_listing(std::string_view json,
                                         const std::string& base,
                                         const ListingLimits& limits);

}  // namespace vfsrun
