// SPDX-License-Identifier: GPL-2.0-or-later
// Dates and sizes as listings write them, and bytes that no text format can
// hold. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "backends/listing.hh"

namespace vfsrun {

/// How the dates of a page are written, which tells who made it.
enum class DateStyle : std::uint8_t {
  none,
  nginx,     ///< 23-Nov-2026 05:38, in UTC
  apache,    ///< 2026-11-23 05:38, in the server's own time
  lighttpd,  ///< 2026-Nov-23 05:38:27, in the server's own time
  iso,       ///< 2026-11-23T05:38:27Z
};

struct RowText {
  ListedFact fact;  ///< a date in the server's own time is not in it
  DateStyle style = DateStyle::none;
};

/// What stands beside a link: "23-Nov-2026 05:38    1234". Sizes with a
/// letter are rounded, and left out.
RowText read_row(std::string_view text);

/// "2026-11-23T05:38:27Z", fractions allowed (RFC 3339).
std::optional<std::time_t> parse_iso_date(std::string_view text);

/// Bytes that are no UTF-8 become characters of a private plane, so that
/// parsers which insist on UTF-8 let them pass; and back again.
std::string hide_stray_bytes(std::string_view text);
std::string restore_stray_bytes(std::string_view text);

}  // namespace vfsrun
