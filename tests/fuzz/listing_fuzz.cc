// SPDX-License-Identifier: GPL-2.0-or-later
// sources: backends/listing.cc backends/html_listing.cc backends/html_page.cc
// sources: backends/json_listing.cc backends/xml_listing.cc backends/xml.cc
// sources: backends/listing_text.cc backends/index_link.cc
// sources: backends/http_url.cc backends/curl/url.cc
// sources: gateway/base/text.cc gateway/base/vpath.cc gateway/base/result.cc
// libraries: curl expat gumbo
//
// What a server sends for a directory, in each form. The first byte chooses
// the form. However odd the page, every name is one that the kernel may see,
// and none comes twice.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "backends/listing.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array<std::string_view, 3> types{
      "text/html", "application/json", "text/xml"};
  const std::string_view page(reinterpret_cast<const char*>(data) + 1,
                              size - 1);
  vfsrun::ListingLimits limits;
  limits.memory = std::size_t{16} * 1024 * 1024;
  limits.entries = 1000;
  const auto listing = vfsrun::parse_listing(types[data[0] % types.size()],
                                             page, "http://h/a/", limits);
  if (!listing) return 0;
  std::set<std::string> names;
  for (const vfsrun::DirEntry& entry : listing->entries) {
    if (!vfsrun::VPath::valid_name(entry.name)) std::abort();
    if (!names.insert(entry.name).second) std::abort();
  }
  return 0;
}
