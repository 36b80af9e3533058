// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/listing_text.hh"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("backends/listing_text.cc");

using namespace vfsrun;

TEST_CASE("dates and sizes beside a link") {
  struct Case {
    std::string_view text;
    DateStyle style;
    std::optional<std::uint64_t> size;
    std::optional<std::time_t> modified;
  };

  constexpr std::time_t minute = 1795413780;  // 2026-11-23 06:03 UTC
  for (const auto& [text, style, size, modified] : {
           Case{"  23-Nov-2026 06:03   1234", DateStyle::nginx, 1234, minute},
           Case{"  23-Nov-2026 06:03   -", DateStyle::nginx, {}, minute},
           Case{"  23-Nov-2026 06:03   10M", DateStyle::nginx, {}, minute},
           Case{" 23-Nov-2026 06:03", DateStyle::nginx, {}, minute},
           Case{" 23-Foo-2026 06:03 5", DateStyle::nginx, 5, {}},
           Case{" 99-Nov-2026 06:03 5", DateStyle::nginx, 5, {}},
           Case{"2026-11-23 06:03  6  text", DateStyle::apache, 6, {}},
           Case{"2026-11-23 06:03  1.2K  text", DateStyle::apache, {}, {}},
           Case{"2026-Nov-23 06:03:07 0.1K", DateStyle::lighttpd, {}, {}},
           Case{"2026-11-23T06:03:00Z 7 ", DateStyle::iso, 7, minute},
           Case{"2026-11-23T06:03:00.123Z", DateStyle::iso, {}, minute},
           Case{"2026-11-23T06:03:00Z 7 KB", DateStyle::iso, {}, minute},
           Case{"2026-11-23T06:03:00Z 7 bytes", DateStyle::iso, 7, minute},
           Case{"2026-11-23T06:03:00Z 99999999999999999999",
                DateStyle::iso,
                {},
                minute},
           Case{"1234", DateStyle::none, {}, {}},
           Case{"", DateStyle::none, {}, {}},
           Case{" - \xc2\xa0 \xc2\xa0", DateStyle::none, {}, {}},
       }) {
    CAPTURE(text);
    const RowText row = read_row(text);
    CHECK(row.style == style);
    CHECK(row.fact.size == size);
    CHECK(row.fact.modified == modified);
  }
}

TEST_CASE("odd dates are none") {
  for (const std::string_view text :
       {"2026-11-23T06:03:00", "2026-11-23T06:03:00+01:00", "2026-11-23",
        "1601-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-23T06:03:00.Zx", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_iso_date(text));
  }
  CHECK(parse_iso_date("9999-12-31T23:59:59Z") == 253402300799);
}

TEST_CASE("stray bytes pass through UTF-8 and back") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& text :
       {all, std::string("plain \xc3\xa9"), std::string("\xf4\x8f\xb8"),
        std::string("\xed\xa0\x80 \xc0\xaf"), std::string()}) {
    const std::string hidden = hide_stray_bytes(text);
    CHECK(restore_stray_bytes(hidden) == text);
  }
}

TEST_SUITE_END();
