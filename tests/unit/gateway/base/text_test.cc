// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/text.hh"

#include <doctest/doctest.h>

namespace vfsrun {

namespace {

TEST_SUITE("gateway/base/text") {
  TEST_CASE("every byte survives percent-encoding") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string encoded = percent_encode(all);
    CHECK(percent_decode(encoded) == all);
    CHECK(encoded.find_first_not_of(
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
              "-._~%") == std::string::npos);
  }

  TEST_CASE("bytes to keep are kept") {
    CHECK(percent_encode("/a b?c", "/") == "/a%20b%3Fc");
    CHECK(percent_encode("/a b?c", "/?") == "/a%20b?c");
  }

  TEST_CASE("a '%' without two hex digits stays") {
    CHECK(percent_decode("100%") == "100%");
    CHECK(percent_decode("%4") == "%4");
    CHECK(percent_decode("%zz%41%") == "%zzA%");
    CHECK(percent_decode("%2541") == "%41");
    CHECK(percent_decode("%c3%A4") == "\xc3\xa4");
  }

  TEST_CASE("HTTP dates in all three forms") {
    for (const char* text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994", " Sun, 06 Nov 1994 08:49:37 GMT\r\n"}) {
      CAPTURE(text);
      CHECK(parse_http_date(text) == 784'111'777);
    }
    CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
    CHECK(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT") == 253'402'300'799);
  }

  TEST_CASE("what is no HTTP date is none") {
    for (const char* text :
         {"", "yesterday", "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 GMT x", "1994-11-06T08:49:37Z",
          "Mon, 01 Jan 1601 00:00:00 GMT", "Sun, 06 Nov 1994 25:00:00 GMT"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_http_date(text));
    }
  }

  TEST_CASE("durations") {
    using namespace std::chrono_literals;

    struct Case {
      std::string_view text;
      std::chrono::milliseconds value;
    };

    for (const auto& [text, value] :
         {Case{"0", 0ms}, Case{"0s", 0ms}, Case{"250ms", 250ms}, Case{"5s", 5s},
          Case{"10m", 10min}, Case{"1h", 1h}, Case{"2d", 48h}}) {
      CAPTURE(text);
      CHECK(parse_duration(text).value() == value);
    }
    for (const char* text :
         {"", "5", "s", "-5s", "5 s", "1.5s", "5w", "ms", "+1s",
          "99999999999999999999s", "9223372036854775807d"}) {
      CAPTURE(text);
      CHECK(parse_duration(text).error().code == EINVAL);
    }
  }

  TEST_CASE("numbers are whole and unsigned") {
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("18446744073709551615") == UINT64_MAX);
    for (const char* text :
         {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_number(text));
    }
  }

  TEST_CASE("UTF-8 is told from other bytes") {
    for (const char* text : {"", "abc", "\xc3\xa4", "\xe2\x82\xac",
                             "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
      CAPTURE(text);
      CHECK(is_valid_utf8(text));
    }
    for (const char* text :
         {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
          "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5",
          "\xff", "a\xe2\x82", "\xe2\x82z"}) {
      CAPTURE(text);
      CHECK_FALSE(is_valid_utf8(text));
    }
  }

  TEST_CASE("case and blanks, ASCII only") {
    CHECK(to_lower("AbZ-1\xc3\x84") == "abz-1\xc3\x84");
    CHECK(trim(" \t a b\r\n") == "a b");
    CHECK(trim(" \n").empty());
    CHECK(trim("").empty());
  }
}

}  // namespace

}  // namespace vfsrun
