// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/html_listing.hh"

#include <doctest/doctest.h>

#include <array>

TEST_SUITE_BEGIN("backends/html_listing.cc");

using namespace vfsrun;

namespace {

/// "name", "name/" for directories, "name=size" for known sizes.
std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> out;
  for (const DirEntry& entry : listing.entries) {
    std::string text = entry.name;
    if (entry.kind == Kind::directory) text += "/";
    if (entry.size) text += "=" + std::to_string(*entry.size);
    out.push_back(text);
  }
  return out;
}

Listing listing_of(const std::string& html,
                   const std::string& base = "http://h/a/b/") {
  auto listing = parse_index_page(html, base);
  REQUIRE(listing);
  return *std::move(listing);
}

std::string index_of(const std::string& links) {
  return "<html><head><title>Index of /a/b/</title></head><body>" + links +
         "</body></html>";
}

std::string link_to(const std::string& href) {
  return index_of("<a href=\"" + href + "\">x</a>");
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("nginx's page gives names and exact sizes") {
  const Listing listing = listing_of(
      "<html>\r\n<head><title>Index of /a/b/</title></head>\r\n<body>\r\n"
      "<h1>Index of /a/b/</h1><hr><pre><a href=\"../\">../</a>\r\n"
      "<a href=\"dir/\">dir/</a>          23-Nov-2026 06:03         -\r\n"
      "<a href=\"a%20b%23%26\">a b#&amp;</a>   23-Nov-2026 06:03   10000000\r\n"
      "<a href=\"rounded\">rounded</a>    23-Nov-2026 06:03        10M\r\n"
      "</pre><hr></body>\r\n</html>\r\n");
  CHECK(names(listing) == Names{"dir/", "a b#&=10000000", "rounded"});
  CHECK(listing.dropped == 0);
  CHECK_FALSE(listing.entries.at(1).modified);
}

TEST_CASE("Apache's fancy page, as text and as a table, rounds its sizes") {
  const Listing text = listing_of(
      "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n"
      "<html><head><title>Index of /a/b</title></head><body>\n"
      "<h1>Index of /a/b</h1>\n<pre><img src=\"/icons/blank.gif\"> "
      "<a href=\"?C=N;O=D\">Name</a> <a href=\"?C=M;O=A\">Last modified</a> "
      "<a href=\"?C=S;O=A\">Size</a> <a href=\"?C=D;O=A\">Description</a><hr>"
      "<img alt=\"[PARENTDIR]\"> <a href=\"/a/\">Parent Directory</a>    -\n"
      "<img alt=\"[DIR]\"> <a href=\"dir/\">dir/</a>  2026-11-23 06:03    -\n"
      "<img alt=\"[TXT]\"> <a href=\"t.txt\">t.txt</a> 2026-11-23 06:03  6\n"
      "<img alt=\"[   ]\"> <a href=\"big\">big</a> 2026-11-23 06:03  9.5M\n"
      "<hr></pre></body></html>");
  CHECK(names(text) == Names{"dir/", "t.txt=6", "big"});
  CHECK(text.dropped == 0);

  const Listing table = listing_of(
      "<html><head><title>Index of /a/b</title></head><body>"
      "<h1>Index of /a/b</h1><table><tr><th><a href=\"?C=N;O=D\">Name</a></th>"
      "<th><a href=\"?C=M;O=A\">Last modified</a></th></tr>"
      "<tr><td><a href=\"/a/\">Parent Directory</a></td><td>&nbsp;</td></tr>"
      "<tr><td><a href=\"t.txt\">t.txt</a></td><td align=\"right\">2026-11-23 "
      "06:03  </td><td align=\"right\">  6 </td><td>&nbsp;</td></tr>"
      "<tr><td><a href=\"big\">big</a></td><td>2026-11-23 06:03  </td>"
      "<td>9.5M</td><td>&nbsp;</td></tr></table></body></html>");
  CHECK(names(table) == Names{"t.txt=6", "big"});
}

TEST_CASE("Apache's plain page and Python's http.server are lists") {
  CHECK(names(listing_of("<html><head><title>Index of /a/b</title></head><body>"
                         "<h1>Index of /a/b</h1><ul>"
                         "<li><a href=\"/a/\"> Parent Directory</a></li>\n"
                         "<li><a href=\"dir/\"> dir/</a></li>\n"
                         "<li><a href=\"f\"> f</a></li></ul></body></html>")) ==
        Names{"dir/", "f"});
  CHECK(names(listing_of(
            "<!DOCTYPE HTML><html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>Directory listing for /a/b/</title></head><body>"
            "<h1>Directory listing for /a/b/</h1><hr><ul>"
            "<li><a href=\"dir/\">dir/</a></li>\n"
            "<li><a href=\"link\">link@</a></li>\n"
            "<li><a href=\"%C3%A9\">\xc3\xa9</a></li>\n</ul><hr></body>")) ==
        Names{"dir/", "link", "\xc3\xa9"});
}

TEST_CASE("names of files that hold URL syntax stay what they are") {
  struct Row {
    const char* href;
    const char* name;
  };

  for (const auto& [href, name] :
       std::to_array<Row>({{"a%3Fb", "a%3Fb"},
                           {"a%253Fb", "a%253Fb"},
                           {"100%25", "100%"},
                           {"100%", "100%"},
                           {"a%2520b", "a%20b"},
                           {"./col:on", "col:on"},
                           {"col%3Aon", "col:on"},
                           {"a+b;c&amp;d", "a+b;c&d"},
                           {"http://h/a/b/x", "x"},
                           {"HTTP://H:80/a/b/x", "x"},
                           {"//h/a/b/x", "x"},
                           {"/a/b/x", "x"},
                           {"/%61/b/x", "x"},
                           {" x ", "x"},
                           {"x#part", "x"},
                           {"%FF%FE", "\xff\xfe"},
                           {"line%0Abreak", "line\nbreak"},
                           {".hidden", ".hidden"},
                           {"...", "..."}})) {
    CAPTURE(href);
    const Listing listing = listing_of(link_to(href));
    REQUIRE(listing.entries.size() == 1);
    CHECK(listing.entries.at(0).name == name);
    CHECK(listing.dropped == 0);
  }
}

TEST_CASE("hostile names are dropped and counted") {
  for (const std::string& href : std::vector<std::string>{
           "..%2f..%2fetc%2fpasswd", "%2e%2e", "%2e%2e/", "%2e", "a%2fb",
           "a%2Fb/", "%2f", "a%00b", "%00", "a/b", "../../etc/passwd",
           "../sibling", "/etc/passwd", "/a/c/x", "/a/bc", "http://evil/a/b/x",
           "https://h/a/b/x", "http://h:81/a/b/x", "http://u@evil/a/b/x",
           "//evil/a/b/x", "file:///etc/passwd", "javascript:alert(1)",
           "mailto:a@b", "x?query=1", std::string(256, 'n'),
           // 240 bytes, but 255 + 2 once its '?' are written as a name.
           "%3F%3F%3F%3F%3F%3F%3F%3F" + std::string(233, 'n')}) {
    CAPTURE(href);
    const Listing listing = listing_of(link_to(href));
    CHECK(listing.entries.empty());
    CHECK(listing.dropped == 1);
  }
}

TEST_CASE("the page's own links are neither names nor hostile") {
  for (const char* href : {"", "#top", "?C=N;O=D", "../", "..", "./", ".", "/",
                           "/a/", "/a/b/", "http://h/a/b/"}) {
    CAPTURE(href);
    const Listing listing = listing_of(link_to(href));
    CHECK(listing.entries.empty());
    CHECK(listing.dropped == 0);
  }
}

TEST_CASE("a name that stands there twice is listed once") {
  CHECK(names(listing_of(index_of("<a href=x>x</a><a href=x>x</a>"
                                  "<a href=x/>x</a><a href=%78>x</a>"))) ==
        Names{"x"});
}

TEST_CASE("what is no index page is not a directory") {
  for (const char* html :
       {"", "<html></html>", "<title>Welcome</title><a href=\"x\">x</a>",
        "<title>Not found</title><h1>Sorry</h1>",
        "<title>Index of /</title><form><input type=PASSWORD></form>",
        "<title>Index of /</title><base href=\"http://evil/\"><a href=x>x</a>",
        "{\"json\": true}"}) {
    CAPTURE(html);
    const auto listing = parse_index_page(html, "http://h/");
    REQUIRE_FALSE(listing);
    CHECK(listing.error().code == ENOSYS);
  }
}

TEST_CASE("an index without entries is an empty directory") {
  CHECK(listing_of(index_of("<a href=\"../\">../</a>")).entries.empty());
}

TEST_CASE("memory and entries have limits") {
  std::string many;
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(i);
    many.append("<a href=").append(name).append(">x</a>");
  }
  ListingLimits few;
  few.entries = 99;
  auto listing = parse_index_page(index_of(many), "http://h/", few);
  REQUIRE_FALSE(listing);
  CHECK(listing.error().code == EFBIG);
  ListingLimits small;
  small.memory = 10'000;
  listing = parse_index_page(index_of(many), "http://h/", small);
  REQUIRE_FALSE(listing);
  CHECK(listing.error().code == EFBIG);
}

TEST_CASE("reading a page ends when it is told to") {
  ListingLimits impatient;
  impatient.give_up = [] { return true; };
  const auto listing =
      parse_index_page(index_of("<a href=x>x</a>"), "http://h/", impatient);
  REQUIRE_FALSE(listing);
  CHECK(listing.error().code == EINTR);
}

TEST_CASE("a page that nests deeply does not break the stack") {
  std::string deep = "<title>Index of /</title>";
  for (int i = 0; i < 20'000; ++i) deep += "<div>";
  deep += "<a href=x>x</a>";
  CHECK(names(listing_of(deep, "http://h/")) == Names{"x"});
}

TEST_SUITE_END();
