// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/xml_listing.hh"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("backends/xml_listing.cc");

using namespace vfsrun;

namespace {

Result<ParsedListing> parse(std::string_view xml, ListingLimits limits = {}) {
  return parse_xml_listing(xml, "http://h/", limits);
}

}  // namespace

TEST_CASE("nginx's XML tells kind, size and time of each name") {
  const auto listing = parse(
      "<?xml version=\"1.0\"?>\r\n<list>\r\n"
      "<directory mtime=\"2026-11-26T05:29:13Z\">a b&amp;c</directory>\r\n"
      "<file mtime=\"2021-03-04T05:06:07Z\" size=\"5000000000\">caf\xe9</file>"
      "\r\n<file mtime=\"x\" size=\"-5\">odd</file>\r\n"
      "<other mtime=\"2021-03-04T05:06:07Z\">pipe</other>\r\n"
      "<file mtime=\"2021-03-04T05:06:07Z\" size=\"1\">../up</file>\r\n"
      "</list>\r\n");
  REQUIRE(listing);
  CHECK(listing->complete);
  CHECK(listing->dropped == 1);
  REQUIRE(listing->entries.size() == 4);
  CHECK(listing->entries[0].name == "a b&c");
  CHECK(listing->entries[0].kind == Kind::directory);
  CHECK(listing->entries[1].name == "caf\xe9");
  CHECK(listing->entries[1].size == 5'000'000'000);
  CHECK(listing->entries[1].modified == 1614834367);
  CHECK_FALSE(listing->entries[2].size);
  CHECK(listing->entries[3].kind == Kind::file);
}

TEST_CASE("bombs, external entities and other XML are no listing") {
  std::string deep = "<list>";
  for (int i = 0; i < 100'000; ++i) deep += "<file>";
  for (const std::string_view xml : std::initializer_list<std::string_view>{
           "", "<list>", "<html></html>", "<list><x/></list>",
           "<list><file><b/></file></list>", "<list></list><list></list>",
           "<?xml version=\"1.0\"?><!DOCTYPE list [<!ENTITY a "
           "\"aaaa\"><!ENTITY "
           "b \"&a;&a;&a;\">]><list><file>&b;</file></list>",
           "<!DOCTYPE list SYSTEM \"file:///etc/passwd\"><list></list>",
           "<list><file>&undefined;</file></list>", deep}) {
    CAPTURE(xml.substr(0, 60));
    const auto listing = parse(xml);
    REQUIRE_FALSE(listing);
    CHECK(listing.error().code == ENOSYS);
  }
  const std::string fat =
      "<list><file>" + std::string(100'000, 'a') + "</file></list>";
  CHECK_FALSE(parse(fat));
}

TEST_CASE("limits") {
  const std::string_view three =
      "<list><file>a</file><file>b</file><file>c</file></list>";
  CHECK(parse(three)->entries.size() == 3);
  ListingLimits few;
  few.entries = 2;
  CHECK(parse(three, few).error().code == EFBIG);
  ListingLimits impatient;
  impatient.give_up = [] { return true; };
  CHECK(parse(three, impatient).error().code == EINTR);
}

TEST_SUITE_END();
