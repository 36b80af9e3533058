// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/json_listing.hh"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("backends/json_listing.cc");

using namespace vfsrun;

namespace {

Result<ParsedListing> parse(std::string_view json, ListingLimits limits = {}) {
  return parse_json_listing(json, "http://h/", limits);
}

}  // namespace

TEST_CASE("nginx's JSON tells kind, size and time of each name") {
  const auto listing = parse(
      "[\n{ \"name\":\"a/b\", \"type\":\"directory\", \"mtime\":\"x\" },\n"
      "{ \"name\":\"sub\", \"type\":\"directory\", "
      "\"mtime\":\"Thu, 26 Nov 2026 05:29:13 GMT\" },\n"
      "{ \"name\":\"a %41?#.txt\", \"type\":\"file\", "
      "\"mtime\":\"Thu, 04 Mar 2021 05:06:07 GMT\", \"size\":5000000000 },\n"
      "{ \"name\":\"socket\", \"type\":\"other\", \"mtime\":\"\" }\n]\n");
  REQUIRE(listing);
  CHECK(listing->complete);
  CHECK(listing->dropped == 1);
  REQUIRE(listing->entries.size() == 3);
  CHECK(listing->entries[0].name == "sub");
  CHECK(listing->entries[0].kind == Kind::directory);
  // '?' would begin a query: see the rules of names.
  CHECK(listing->entries[1].name == "a %41%3F#.txt");
  CHECK(listing->entries[1].size == 5'000'000'000);
  CHECK(listing->entries[1].modified == 1614834367);
  CHECK_FALSE(listing->entries[2].size);
}

TEST_CASE("Caddy's JSON too") {
  const auto listing = parse(
      R"([{"name":"a b\u0026c/","size":4096,"url":"./a%20b\u0026c/",)"
      R"("mod_time":"2026-11-26T05:29:13.463547466Z","mode":2147484141,)"
      R"("is_dir":true,"is_symlink":false},{"name":"small.txt","size":3,)"
      R"("url":"./small.txt","mod_time":"2021-03-04T05:06:07Z","mode":420,)"
      R"("is_dir":false,"is_symlink":false}])");
  REQUIRE(listing);
  REQUIRE(listing->entries.size() == 2);
  CHECK(listing->entries[0].name == "a b&c");
  CHECK(listing->entries[0].kind == Kind::directory);
  CHECK(listing->entries[1].size == 3);
  CHECK(listing->entries[1].modified == 1614834367);
  CHECK(parse("[]")->entries.empty());
  CHECK(parse("null\n").error().code == ENOSYS);
}

TEST_CASE("names of bytes that are no UTF-8 stay what they are") {
  const auto listing =
      parse("[{\"name\":\"caf\xe9 \xc3\xa9 \xff\",\"type\":\"file\"}]");
  REQUIRE(listing);
  CHECK(listing->entries.at(0).name == "caf\xe9 \xc3\xa9 \xff");
}

TEST_CASE("hostile names, sizes and dates") {
  const auto listing = parse(
      R"([{"name":"..","type":"file"},{"name":"","type":"file"},)"
      R"({"name":"a\u0000b","type":"file"},{"name":"x/../y","type":"file"},)"
      R"({"name":"neg","type":"file","size":-5},)"
      R"({"name":"float","type":"file","size":1e30},)"
      R"({"name":"huge","type":"file","size":99999999999999999999999},)"
      R"({"name":"date","type":"file","mtime":"Thu, 99 Foo 99999"},)"
      R"({"name":"date","type":"directory"}])");
  REQUIRE(listing);
  CHECK(listing->entries.size() == 4);
  for (const DirEntry& entry : listing->entries) {
    CAPTURE(entry.name);
    CHECK_FALSE(entry.size);
    CHECK_FALSE(entry.modified);
  }
}

TEST_CASE("other JSON is no listing") {
  const std::string deep(1'000'000, '[');
  for (const std::string_view json : std::initializer_list<std::string_view>{
           "", "{}", "5", "[1]", "[\"a\"]", R"([{"name":"x"}])",
           R"([{"name":"x","type":"file","more":{}}])", R"([{"type":"file"}])",
           R"([{"name":"x","type":"file"})",
           R"([{"name":"x","type":"file"}] x)", R"({"name":"x","type":"file"})",
           "<html></html>", deep}) {
    CAPTURE(json.substr(0, 60));
    const auto listing = parse(json);
    REQUIRE_FALSE(listing);
    CHECK(listing.error().code == ENOSYS);
  }
}

TEST_CASE("limits") {
  const std::string_view three =
      R"([{"name":"a","is_dir":false},{"name":"b","is_dir":false},)"
      R"({"name":"c","is_dir":false}])";
  ListingLimits few;
  few.entries = 2;
  CHECK(parse(three, few).error().code == EFBIG);
  ListingLimits impatient;
  impatient.give_up = [] { return true; };
  CHECK(parse(three, impatient).error().code == EINTR);
}

TEST_SUITE_END();
