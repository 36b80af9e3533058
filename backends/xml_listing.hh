// SPDX-License-Identifier: GPL-2.0-or-later
// Listings in XML: nginx (autoindex_format xml). Pure; any thread.
#pragma once

#include "backends/listing.hh"

namespace vfsrun {

/// ENOSYS for XML that is no listing, and for what is no XML.
Result<ParsedListing> parse_xml_listing(std::string_view xml,
                                        const std::string& base,
                                        const ListingLimits& limits);

}  // namespace vfsrun
