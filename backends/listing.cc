// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/listing.hh"

#include <algorithm>
#include <array>

#include "backends/html_listing.hh"
#include "backends/http_url.hh"
#include "backends/json_listing.hh"
#include "backends/xml_listing.hh"

namespace vfsrun {

namespace {

using Parser = Result<ParsedListing> (*)(std::string_view, const std::string&,
                                         const ListingLimits&);

struct Form {
  std::string_view type;
  Parser parse;
};

constexpr std::array<Form, 5> forms{{
    {"text/html", &parse_html_listing},
    {"application/xhtml+xml", &parse_html_listing},
    {"application/json", &parse_json_listing},
    {"text/xml", &parse_xml_listing},
    {"application/xml", &parse_xml_listing},
}};

}  // namespace

void ListingBuilder::add(std::string_view segment, Kind kind,
                         const ListedFact& fact) {
  if (segment.ends_with('/')) {
    segment.remove_suffix(1);
    kind = Kind::directory;
  }
  DirEntry entry;
  entry.name = name_from_segment(segment);
  if (!VPath::valid_name(segment) || !VPath::valid_name(entry.name)) {
    ++listing_.dropped;
    return;
  }
  if (!seen_.insert(entry.name).second) return;
  entry.kind = kind;
  if (kind == Kind::file) {
    entry.size = fact.size;
    entry.modified = fact.modified;
    entry.modified_step = fact.step;
  }
  listing_.entries.push_back(std::move(entry));
}

ParsedListing ListingBuilder::take(bool complete) && {
  listing_.complete = complete;
  return std::move(listing_);
}

Result<ParsedListing> parse_listing(std::string_view type,
                                    std::string_view text,
                                    const std::string& base,
                                    const ListingLimits& limits) {
  const auto* form = std::ranges::find(forms, type, &Form::type);
  if (form == forms.end()) return fail(ENOSYS);
  return form->parse(text, base, limits);
}

bool is_listing_type(std::string_view type) noexcept {
  return std::ranges::find(forms, type, &Form::type) != forms.end();
}

}  // namespace vfsrun
