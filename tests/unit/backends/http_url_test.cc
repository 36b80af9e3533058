// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_url.hh"

#include <doctest/doctest.h>

#include <array>

#include "gateway/base/text.hh"

TEST_SUITE_BEGIN("backends/http_url.cc");

using namespace vfsrun;

namespace {
HttpUrls urls_for(const std::string& url) {
  Mount mount;
  mount.url = url;
  auto urls = HttpUrls::parse(mount);
  REQUIRE(urls);
  return *std::move(urls);
}

std::string file_url(const HttpUrls& urls, const char* path) {
  const auto target = urls.file(*VPath::parse(path));
  return target ? target->url : "error " + std::to_string(target.error().code);
}

std::string directory_url(const HttpUrls& urls, const char* path) {
  const auto target = urls.directory(*VPath::parse(path));
  return target ? target->url : "error " + std::to_string(target.error().code);
}
}  // namespace

TEST_CASE("names are encoded as the rule says") {
  struct Row {
    const char* path;
    const char* url;
  };

  for (const auto& [path, url] : std::to_array<Row>(
           {{"/plain.txt", "/plain.txt"},
            {"/a b", "/a%20b"},
            {"/a#b", "/a%23b"},
            {"/a%20b", "/a%2520b"},
            {"/100%", "/100%25"},
            {"/a%3Fb", "/a%3Fb"},
            {"/a%3fb", "/a%3fb"},
            {"/a%25b", "/a%25b"},
            {"/a%253Fb", "/a%253Fb"},
            {"/%%3F", "/%25%3F"},
            {"/+;=&@:!$'()*,~-._", "/+;=&@:!$'()*,~-._"},
            {"/[x]\"<>\\^`{|}", "/%5Bx%5D%22%3C%3E%5C%5E%60%7B%7C%7D"},
            {"/\xc3\xa9\xff\n", "/%C3%A9%FF%0A"},
            {"/cgi?x=1&y=2", "/cgi?x=1&y=2"},
            {"/cgi?x=a/b", "/cgi?x=a/b"},
            {"/cgi?x=%20%zz", "/cgi?x=%20%zz"},
            {"/cgi?x=a b#c?d", "/cgi?x=a%20b%23c?d"},
            {"/a b?c d", "/a%20b?c%20d"}})) {
    CAPTURE(path);
    CHECK(encode_url_path(path) == url);
  }
}

TEST_CASE("a name from a listing leads back to the same segment") {
  for (const char* bytes :
       {"plain",  "a?b",      "?",     "%3F", "%3f",       "%25",
        "%253F",  "%%25",     "%2%3F", "%?",  "100%",      "a%20b",
        "a b",    "#",        "%",     "%%",  "%2",        "%2?5",
        "??%25?", "\xff\xfe", "a:b",   "~",   "%%%3F%25%%"}) {
    CAPTURE(bytes);
    const std::string name = name_from_segment(bytes);
    CHECK(percent_decode(encode_url_path(name)) == bytes);
    CHECK(encode_url_path(name).find('?') == std::string::npos);
  }
}

TEST_CASE("different names from a listing stay different") {
  CHECK(name_from_segment("a?b") == "a%3Fb");
  CHECK(name_from_segment("a%3Fb") == "a%253Fb");
  CHECK(name_from_segment("a%25b") == "a%2525b");
  CHECK(name_from_segment("a%20b") == "a%20b");
}

TEST_CASE("a host is a name, an IPv4 or a bracketed IPv6 address") {
  for (const char* good :
       {"localhost", "example.org", "example.org:8080", "a-b.c_d", "127.0.0.1",
        "127.0.0.1:1", "h:65535", "[::1]", "[::1]:8080", "[2001:db8::7]",
        "xn--bcher-kva.example", "1a", "3.debian.pool.ntp.org"}) {
    CAPTURE(good);
    CHECK(valid_authority(good));
  }
  for (const char* bad : {"",
                          ".",
                          ".git",
                          ".hidden",
                          "-oProxyCommand=x",
                          "a.-b",
                          "a-.b",
                          "a..b",
                          "a.",
                          "a b",
                          "a\tb",
                          "a\nb",
                          "user@host",
                          "host:",
                          "host:0",
                          "host:65536",
                          "host:x",
                          "host:-1",
                          "host:80:80",
                          "::1",
                          "[::1",
                          "[::1]x",
                          "[::1]:",
                          "[fe80::1%eth0]",
                          "[1.2.3.4]",
                          "[-oX]",
                          "h%41",
                          "h?x",
                          "h#x",
                          "h;x",
                          "caf\xc3\xa9",
                          "1",
                          "127.1",
                          "256.0.0.1",
                          "0x7f.0.0.1",
                          "127.0.0.0x1",
                          "1.2.3.4.5",
                          "a\x01"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_authority(bad));
  }
  CHECK_FALSE(valid_authority(std::string(64, 'a')));
  CHECK(valid_authority(std::string(63, 'a')));
}

TEST_CASE("a {host} mount maps its first component") {
  const HttpUrls urls = urls_for("http://{host}/");
  CHECK(file_url(urls, "/").empty());
  CHECK(urls.file(VPath())->root);
  CHECK(file_url(urls, "/h") == "http://h/");
  CHECK(urls.file(*VPath::parse("/h"))->root);
  CHECK(urls.file(*VPath::parse("/h:81"))->host == "h:81");
  CHECK(file_url(urls, "/h:81/a b/c") == "http://h:81/a%20b/c");
  CHECK(file_url(urls, "/[::1]:81/a") == "http://[::1]:81/a");
  CHECK(file_url(urls, "/h/q?u=a/b") == "http://h/q?u=a/b");
  CHECK(file_url(urls, "/-h/x") == "error 2");
  CHECK(file_url(urls, "/u@h") == "error 2");
  CHECK(directory_url(urls, "/h") == "http://h/");
  CHECK(directory_url(urls, "/h/a") == "http://h/a/");
  CHECK(directory_url(urls, "/h/a?C=M") == "http://h/a/?C=M");
  CHECK(directory_url(urls_for("https://{host}/pre/"), "/h/a") ==
        "https://h/pre/a/");
}

TEST_CASE("any other mount lies below its url") {
  const HttpUrls urls = urls_for("https://u:p%40ss@h:8443/ref%20x/");
  CHECK(file_url(urls, "/") == "https://h:8443/ref%20x/");
  CHECK(urls.file(VPath())->root);
  CHECK(file_url(urls, "/a/b") == "https://h:8443/ref%20x/a/b");
  CHECK(directory_url(urls, "/a") == "https://h:8443/ref%20x/a/");
  CHECK(directory_url(urls, "/") == "https://h:8443/ref%20x/");
  CHECK(urls.username() == "u");
  CHECK(urls.password() == "p@ss");
}

TEST_CASE("a url that cannot be a mount's says why") {
  for (const char* url :
       {"", "http:", "http://", "ftp://h/", "http://h/?x", "http://h/#x",
        "http://h/{host}/", "http://-x/", "http://h:/", "http://a b/"}) {
    CAPTURE(url);
    Mount mount;
    mount.url = url;
    const auto urls = HttpUrls::parse(mount);
    REQUIRE_FALSE(urls);
    CHECK(urls.error().code == EINVAL);
    CHECK_FALSE(urls.error().detail.empty());
  }
}

TEST_SUITE_END();
