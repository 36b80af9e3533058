// SPDX-License-Identifier: GPL-2.0-or-later
// An HTML page → its links with what stands beside them. Pure; any thread.
// The page is hostile: memory and time are bounded. Knows nothing of what an
// index page looks like. The only place that knows gumbo.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/listing.hh"

namespace vfsrun {

/// A link, and its row of a table, list or preformatted text.
struct PageRow {
  std::string href;
  std::string before;  ///< text of the row before the link
  std::string after;   ///< and after it
  std::string size;    ///< of a cell's data-order or data-size
  std::string time;    ///< of a <time datetime>
};

struct HtmlPage {
  std::string title;
  std::string heading;
  std::vector<PageRow> rows;
  bool has_base = false;
  bool asks_for_password = false;
};

/// EFBIG past a limit; EINTR when told to give up.
Result<HtmlPage> read_html_page(std::string_view html,
                                const ListingLimits& limits);

}  // namespace vfsrun
