// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/html_listing.hh"

#include <doctest/doctest.h>

#include <array>

TEST_SUITE_BEGIN("backends/html_listing.cc");

using namespace vfsrun;

namespace {

/// "name", "name/" for directories, "name=size" for known sizes.
std::vector<std::string> names(const ParsedListing& listing) {
  std::vector<std::string> out;
  for (const DirEntry& entry : listing.entries) {
    std::string text = entry.name;
    if (entry.kind == Kind::directory) text += "/";
    if (entry.size) text += "=" + std::to_string(*entry.size);
    out.push_back(text);
  }
  return out;
}

ParsedListing listing_of(const std::string& html,
                         const std::string& base = "http://h/a/b/") {
  auto listing = parse_html_listing(html, base, {});
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
  const ParsedListing listing = listing_of(
      "<html>\r\n<head><title>Index of /a/b/</title></head>\r\n<body>\r\n"
      "<h1>Index of /a/b/</h1><hr><pre><a href=\"../\">../</a>\r\n"
      "<a href=\"dir/\">dir/</a>          23-Nov-2026 06:03         -\r\n"
      "<a href=\"a%20b%23%26\">a b#&amp;</a>   23-Nov-2026 06:03   10000000\r\n"
      "<a href=\"rounded\">rounded</a>    23-Nov-2026 06:03        10M\r\n"
      "</pre><hr></body>\r\n</html>\r\n");
  CHECK(names(listing) == Names{"dir/", "a b#&=10000000", "rounded"});
  CHECK(listing.dropped == 0);
  CHECK(listing.entries.at(1).modified == 1795413780);
  CHECK(listing.entries.at(1).modified_step == 60);
  CHECK(listing.complete);
}

TEST_CASE("Apache's fancy page, as text and as a table, rounds its sizes") {
  const ParsedListing text = listing_of(
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

  const ParsedListing table = listing_of(
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

TEST_CASE("lighttpd's page rounds its sizes and has its own time") {
  const ParsedListing listing = listing_of(
      "<!DOCTYPE html>\n<html>\n<head>\n<title>Index of /a/b/</title>\n"
      "<style type=\"text/css\">\nth { color: #000; }\n</style>\n</head>\n"
      "<body>\n<h2>Index of /a/b/</h2>\n<div class=\"list\">\n"
      "<table summary=\"Directory Listing\" cellpadding=\"0\">\n"
      "<thead><tr><th class=\"n\">Name</th><th class=\"m\">Last Modified</th>"
      "<th class=\"s\">Size</th><th class=\"t\">Type</th></tr></thead>\n<tbody>"
      "\n<tr class=\"d\"><td class=\"n\"><a href=\"../\">..</a>/</td>"
      "<td class=\"m\">&nbsp;</td><td class=\"s\">- &nbsp;</td>"
      "<td class=\"t\">Directory</td></tr>\n"
      "<tr class=\"d\"><td class=\"n\"><a href=\"a%20b%26c/\">a b&#x26;c</a>/"
      "</td><td class=\"m\">2026-Nov-26 05:29:13</td><td class=\"s\">- &nbsp;"
      "</td><td class=\"t\">Directory</td></tr>\n"
      "<tr><td class=\"n\"><a href=\"small.txt\">small.txt</a></td>"
      "<td class=\"m\">2021-Mar-04 05:06:07</td><td class=\"s\">0.1K</td>"
      "<td class=\"t\">application/octet-stream</td></tr>\n</tbody>\n</table>\n"
      "</div>\n<div class=\"foot\">lighttpd/1.4.69</div>\n</body></html>\n");
  CHECK(names(listing) == Names{"a b&c/", "small.txt"});
  CHECK_FALSE(listing.entries.at(1).modified);
  CHECK(listing.complete);
}

TEST_CASE("Caddy's page hides sizes and dates in attributes") {
  const std::string page =
      "<!DOCTYPE html>\n<html>\n<head>\n<title>/a/b/</title>\n</head>\n<body>"
      "<header><h1><a href=\"/\">/</a><a href=\"../\">a</a>/<a href=\"\">b</a>"
      "</h1></header><table><thead><tr><th><a "
      "href=\"?sort=namedirfirst&order=desc\">Name</a></th></tr></thead><tbody>"
      "<tr class=\"file\"><td></td><td><a href=\"./sub/\"><span "
      "class=\"name\">sub</span></a></td><td data-order=\"-1\">&mdash;</td>"
      "<td class=\"hideable\"><time datetime=\" 2026-11-26T05:29:13Z\">"
      "11/26/2026 05:29:13 AM +00:00</time></td></tr>"
      "<tr class=\"file\"><td></td><td><a href=\"./big.bin\"><span "
      "class=\"name\">big.bin</span></a></td><td data-order=\"123456\">121 KiB"
      "</td><td class=\"hideable\"><time datetime=\" 2021-03-04T05:06:07Z\">"
      "03/04/2021 05:06:07 AM +00:00</time></td></tr></tbody></table>"
      "<footer>Served with <a href=\"https://caddyserver.com\">Caddy</a>"
      "</footer></body></html>";
  const ParsedListing listing = listing_of(page);
  CHECK(names(listing) == Names{"sub/", "big.bin=123456"});
  CHECK(listing.entries.at(1).modified == 1614834367);
  CHECK(listing.entries.at(1).modified_step == 1);
  CHECK(listing.complete);
  // The title is another place's: some page that happens to have one.
  CHECK_FALSE(parse_html_listing(page, "http://h/a/c/", {}));
}

TEST_CASE("in pages of buckets date and size stand before the name") {
  const ParsedListing listing = listing_of(
      "<html><head><title>S3 Bucket Listing</title></head><body><pre>"
      "Last Modified               Size           Key\n<hr>\n"
      "                                           <a href=\"../\">../</a>\n"
      "                              0            <a href=\"sub/\">sub/</a>\n"
      "2021-03-04T05:06:07.000Z      9            <a href=\"nine\">nine</a>\n"
      "2021-03-04T05:06:08.000Z      1.2 MB       <a href=\"big\">big</a>\n"
      "</pre></body></html>");
  CHECK(names(listing) == Names{"sub/", "nine=9", "big"});
  CHECK(listing.entries.at(1).modified == 1614834367);
  CHECK(listing.entries.at(2).modified == 1614834368);
  CHECK_FALSE(listing.complete);
}

TEST_CASE("a page does not tell everything where it leaves out what it likes") {
  CHECK_FALSE(listing_of(index_of("<a href=\"?C=N;O=D\">Name</a><a href=f>f</a>"
                                  " 23-Nov-2026 06:03  5"))
                  .complete);
  CHECK_FALSE(listing_of(index_of("<a href=f>f</a>")).complete);
  CHECK_FALSE(listing_of(index_of("<a href=../>..</a>")).complete);
  CHECK(listing_of("<title>Directory listing for /a/b/</title>").complete);
}

TEST_CASE("a page of 100,000 names is read part by part") {
  std::string rows;
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = "file-" + std::to_string(i) + ".txt";
    rows += "<a href=\"" + name + "\">" + name +
            "</a>      23-Nov-2026 06:03        " + std::to_string(i) + "\r\n";
  }
  ListingLimits limits;
  // So much that one tree for all would not do.
  limits.memory = std::size_t{24} * 1024 * 1024;
  const auto listing = parse_html_listing(
      "<html><head><title>Index of /</title></head><body><h1>Index of /</h1>"
      "<hr><pre><a href=\"../\">../</a>\r\n" +
          rows + "</pre><hr></body></html>",
      "http://h/", limits);
  REQUIRE(listing);
  REQUIRE(listing->entries.size() == 100'000);
  CHECK(listing->complete);
  bool all = true;
  for (std::size_t i = 0; i < 100'000; ++i)
    all = all && listing->entries[i].size == i && listing->entries[i].modified;
  CHECK(all);
}

TEST_CASE("a table that is cut in the middle of a line goes on") {
  std::string rows;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "n" + std::to_string(i);
    rows += "<tr><td><a href=\"" + name + "\">" + name +
            "</a></td><td data-order=\"" + std::to_string(i) +
            "\">1 KiB</td><td><time datetime=\"2021-03-04T05:06:07Z\"></time>"
            "</td></tr>";
  }
  const ParsedListing listing =
      listing_of("<html><head><title>/a/b/</title></head><body><table><tbody>" +
                 rows + "</tbody></table></body></html>");
  REQUIRE(listing.entries.size() == 20'000);
  bool all = true;
  for (std::size_t i = 0; i < 20'000; ++i)
    all = all && listing.entries[i].size == i && listing.entries[i].modified;
  CHECK(all);
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
    const ParsedListing listing = listing_of(link_to(href));
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
    const ParsedListing listing = listing_of(link_to(href));
    CHECK(listing.entries.empty());
    CHECK(listing.dropped == 1);
  }
}

TEST_CASE("the page's own links are neither names nor hostile") {
  for (const char* href : {"", "#top", "?C=N;O=D", "../", "..", "./", ".", "/",
                           "/a/", "/a/b/", "http://h/a/b/"}) {
    CAPTURE(href);
    const ParsedListing listing = listing_of(link_to(href));
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
    const auto listing = parse_html_listing(html, "http://h/", {});
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
  auto listing = parse_html_listing(index_of(many), "http://h/", few);
  REQUIRE_FALSE(listing);
  CHECK(listing.error().code == EFBIG);
  ListingLimits small;
  small.memory = 10'000;
  listing = parse_html_listing(index_of(many), "http://h/", small);
  REQUIRE_FALSE(listing);
  CHECK(listing.error().code == EFBIG);
}

TEST_CASE("reading a page ends when it is told to") {
  ListingLimits impatient;
  impatient.give_up = [] { return true; };
  const auto listing =
      parse_html_listing(index_of("<a href=x>x</a>"), "http://h/", impatient);
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
