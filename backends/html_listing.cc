// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/html_listing.hh"

#include <algorithm>
#include <array>

#include "backends/curl/url.hh"
#include "backends/html_page.hh"
#include "backends/index_link.hh"
#include "backends/listing_text.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

bool begins_as_index(std::string_view text) {
  constexpr std::array<std::string_view, 4> beginnings{
      "index of ", "directory listing for ", "directory listing of ",
      "s3 bucket listing"};
  const std::string lower = to_lower(trim(text));
  return std::ranges::any_of(beginnings, [&](std::string_view beginning) {
    return lower.starts_with(beginning);
  });
}

/// Caddy puts nothing but the place's path into the title.
bool is_titled_by_path(const HtmlPage& page, const curl::UrlParts& base) {
  return trim(page.title) == percent_decode(base.path);
}

/// A login page, a welcome, an article is no directory.
bool is_index(const HtmlPage& page, const curl::UrlParts& base) {
  if (page.has_base || page.asks_for_password) return false;
  return begins_as_index(page.title) || begins_as_index(page.heading) ||
         is_titled_by_path(page, base);
}

RowText read_facts(const PageRow& row) {
  RowText read = read_row(row.after);
  if (read.style == DateStyle::none) read = read_row(row.before);
  if (const auto time = parse_iso_date(row.time)) {
    read.style = DateStyle::iso;
    read.fact.modified = time;
    read.fact.step = 1;
    read.fact.size.reset();  // beside it stands a rounded one
  }
  if (const auto size = parse_number(row.size)) read.fact.size = size;
  return read;
}

/// Are all names there, but for those that every server hides? Where the
/// page does not tell who made it (Apache leaves out whatever its
/// configuration or its access rules say), it is not believed to.
class Completeness {
 public:
  explicit Completeness(const HtmlPage& page, const curl::UrlParts& base) {
    good_ = to_lower(trim(page.title)).starts_with("directory listing for ") ||
            is_titled_by_path(page, base);
  }

  void see_link(std::string_view href) { sorted_ |= href.starts_with("?C="); }

  void see_entry(DateStyle style) {
    ++entries_;
    if (style == DateStyle::nginx || style == DateStyle::lighttpd) ++known_;
  }

  [[nodiscard]] bool holds() const noexcept {
    return good_ || (!sorted_ && entries_ > 0 && known_ == entries_);
  }

 private:
  bool good_ = false;
  bool sorted_ = false;  ///< by column: Apache
  std::size_t entries_ = 0;
  std::size_t known_ = 0;
};

}  // namespace

Result<ParsedListing> parse_html_listing(std::string_view html,
                                         const std::string& base,
                                         const ListingLimits& limits) {
  const HtmlPage page = TRY(read_html_page(html, limits));
  const curl::UrlParts here = TRY(curl::parse_url(base));
  if (!is_index(page, here)) return fail(ENOSYS);
  const IndexLinks links(here);
  ListingBuilder builder(limits.entries);
  Completeness complete(page, here);
  for (const PageRow& row : page.rows) {
    const IndexLink link = links.read(row.href);
    complete.see_link(row.href);
    if (link.meaning == IndexLink::Meaning::furniture) continue;
    if (link.meaning == IndexLink::Meaning::hostile) {
      builder.drop();
      continue;
    }
    const RowText facts = read_facts(row);
    complete.see_entry(facts.style);
    builder.add(link.segment, link.directory ? Kind::directory : Kind::file,
                facts.fact);
  }
  return std::move(builder).take(complete.holds());
}

}  // namespace vfsrun
