// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_head.hh"

#include <doctest/doctest.h>

#include <array>

#include "gateway/base/text.hh"

TEST_SUITE_BEGIN("backends/http_head.cc");

using namespace vfsrun;

namespace {
curl::ResponseHead head_of(
    int status, std::vector<std::pair<std::string, std::string>> fields) {
  return {status, std::move(fields)};
}
}  // namespace

TEST_CASE("Content-Range is read") {
  const auto whole = parse_content_range("bytes 0-9/100");
  REQUIRE(whole);
  CHECK(whole->range == ByteRange{0, 10});
  CHECK(whole->total == 100);
  CHECK(parse_content_range("Bytes 5-5/*")->range == ByteRange{5, 1});
  CHECK_FALSE(parse_content_range("bytes 5-5/*")->total);
  CHECK_FALSE(parse_content_range("bytes */0")->range);
  CHECK(parse_content_range("bytes */0")->total == 0);
}

TEST_CASE("a Content-Range that makes no sense is none") {
  for (const char* text :
       {"", "bytes", "bytes ", "bytes 1-0/9", "bytes 0-9/9", "bytes 0-9",
        "bytes -1-2/9", "bytes a-b/c", "items 0-1/2", "bytes 0-/5",
        "bytes 0-18446744073709551615/*", "bytes 0-1/18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_content_range(text));
  }
}

TEST_CASE("a version is a strong ETag, else Last-Modified and size") {
  const char* const date = "Sun, 06 Nov 1994 08:49:37 GMT";

  struct Row {
    std::vector<std::pair<std::string, std::string>> fields;
    const char* tag;
  };

  for (const Row& row : std::to_array<Row>(
           {{{{"etag", "\"a\""}, {"content-length", "7"}}, "\"a\" size=7"},
            {{{"etag", "\"a\""}}, "\"a\""},
            {{{"last-modified", date}, {"content-length", "7"}},
             "mtime=784111777 size=7"},
            {{{"etag", "W/\"a\""},
              {"last-modified", date},
              {"content-length", "7"}},
             "W/\"a\" mtime=784111777 size=7"},
            {{{"etag", "W/\"a\""}, {"content-length", "7"}}, ""},
            {{{"last-modified", date}}, ""},
            {{{"content-length", "7"}}, ""},
            {{{"content-length", "0"}}, "size=0"},
            {{{"etag", "unquoted"}, {"content-length", "7"}}, ""},
            {{{"etag", "\"a\"b\""}, {"content-length", "7"}}, ""},
            {{{"last-modified", "yesterday"}, {"content-length", "7"}}, ""},
            {{}, ""}})) {
    CAPTURE(row.tag);
    const Version version = Validators::of(head_of(200, row.fields)).version();
    CHECK(version.tag == row.tag);
    CHECK(Validators::of(version).version() == version);
  }
}

TEST_CASE("the size of a 206 is the total, not the length of the part") {
  const auto validators = Validators::of(head_of(
      206, {{"content-length", "10"}, {"content-range", "bytes 0-9/100"}}));
  CHECK(validators.size == 100);
}

TEST_CASE("any field that both sides have can contradict") {
  const auto version = [](const char* tag) {
    return Validators::of(Version{tag});
  };
  const Validators strong = version("\"a\" size=7");
  CHECK(strong.contradiction(version("\"a\" size=7")).empty());
  CHECK_FALSE(strong.contradiction(version("\"b\" size=7")).empty());
  CHECK_FALSE(strong.contradiction(version("\"a\" size=8")).empty());
  CHECK(strong.contradiction(version("mtime=1 size=7")).empty());
  const Validators timed = version("mtime=1 size=7");
  CHECK_FALSE(timed.contradiction(version("mtime=2 size=7")).empty());
  CHECK(Validators{}.contradiction(strong).empty());
  const Validators weak = version("W/\"a\" mtime=1 size=7");
  CHECK(weak.contradiction(strong).empty());
  CHECK_FALSE(weak.contradiction(version("\"a\" size=8")).empty());
  CHECK_FALSE(weak.contradiction(version("\"b\" size=7")).empty());
  CHECK_FALSE(strong.contradiction(weak).empty());
}

TEST_CASE("an HTTP date is written as it is read") {
  CHECK(format_http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const std::time_t time : {0L, 951782400L, 1795413832L, 4102444800L})
    CHECK(parse_http_date(format_http_date(time)) == time);
}

TEST_CASE("an encoding is foreign unless the name says it is the file's own") {
  const auto encoding = [](const char* value, const char* path) {
    return foreign_encoding(head_of(200, {{"content-encoding", value}}), path);
  };
  CHECK(encoding("gzip", "/a.txt") == "gzip");
  CHECK(encoding("GZIP", "/a.txt?b.gz") == "gzip");
  CHECK(encoding("identity", "/a.txt").empty());
  CHECK(encoding("", "/a.txt").empty());
  CHECK(encoding("x-gzip", "/a.tar.gz").empty());
  CHECK(encoding("br", "/a.tar.gz") == "br");
  CHECK(foreign_encoding(head_of(200, {}), "/a").empty());
}

TEST_CASE("Cache-Control, Expires and Age say how long an answer is good") {
  using std::chrono::seconds;

  struct Row {
    std::vector<std::pair<std::string, std::string>> fields;
    CachePolicy wanted;
  };

  const char* const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const char* const later = "Sun, 06 Nov 1994 08:50:37 GMT";
  for (const Row& row : std::to_array<Row>(
           {{{}, {std::nullopt, true}},
            {{{"cache-control", "public"}}, {std::nullopt, true}},
            {{{"cache-control", "public, Max-Age=7"}}, {seconds(7), true}},
            {{{"cache-control", "max-age=7"}, {"age", "5"}},
             {seconds(2), true}},
            {{{"cache-control", "max-age=7"}, {"age", "9"}},
             {seconds(0), true}},
            {{{"cache-control", "max-age=7, no-cache"}}, {seconds(0), true}},
            {{{"cache-control", "no-cache"}, {"cache-control", "max-age=7"}},
             {seconds(0), true}},
            {{{"cache-control", "No-Store"}}, {seconds(0), false}},
            {{{"cache-control", "max-age=7"}, {"expires", "0"}},
             {seconds(7), true}},
            {{{"expires", "0"}}, {seconds(0), true}},
            {{{"expires", later}, {"date", date}}, {seconds(60), true}},
            {{{"expires", date}, {"date", later}}, {seconds(0), true}},
            {{{"cache-control", "max-age=99999999"}},
             {seconds(86400), true}}})) {
    const CachePolicy got = cache_policy(head_of(200, row.fields), 784111777);
    CAPTURE(row.fields.size());
    CHECK(got.fresh_for == row.wanted.fresh_for);
    CHECK(got.storable == row.wanted.storable);
  }
}

TEST_CASE("a media type has no parameters") {
  CHECK(media_type(
            head_of(200, {{"content-type", "Text/HTML; charset=utf-8"}})) ==
        "text/html");
  CHECK(media_type(head_of(200, {})).empty());
}

TEST_SUITE_END();
