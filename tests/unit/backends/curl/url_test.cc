// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/url.hh"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>

TEST_SUITE_BEGIN("backends/curl/url.cc");

using namespace vfsrun::curl;

TEST_CASE("a URL is taken apart") {
  const auto url = parse_url("HTTPS://u:p@Example.org:8443/a%20b/?q=1#f");
  REQUIRE(url);
  CHECK(url->scheme == "https");
  CHECK(url->username == "u");
  CHECK(url->password == "p");
  CHECK(url->host == "example.org");
  CHECK(url->port == "8443");
  CHECK(url->path == "/a%20b/");
  CHECK(url->query == "q=1");
  CHECK(url->has_query);
  CHECK(parse_url("http://h")->path == "/");
  CHECK(parse_url("http://h")->port == "80");
  CHECK(parse_url("https://[::1]/x")->authority() == "[::1]:443");
  CHECK_FALSE(parse_url("http://h/x")->has_query);
}

TEST_CASE("what is no http URL is refused") {
  for (const char* text : {"", "x", "/a/b", "ftp://h/x", "file:///etc/passwd",
                           "http://", "http://h:99999/"}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == EINVAL);
  }
}

TEST_CASE("an origin is scheme, host and port") {
  const auto same = [](const char* a, const char* b) {
    return parse_url(a)->same_origin(*parse_url(b));
  };
  CHECK(same("http://h/a", "http://H:80/b?c"));
  CHECK_FALSE(same("http://h/", "https://h/"));
  CHECK_FALSE(same("http://h/", "http://h:81/"));
  CHECK_FALSE(same("http://h/", "http://g.h/"));
}

TEST_CASE("a redirect is resolved against where it came from") {
  struct Row {
    const char* base;
    const char* reference;
    const char* expected;
  };

  for (const auto& [base, reference, expected] :
       std::to_array<Row>({{"http://h/a/b", "c", "http://h/a/c"},
                           {"http://h/a/b", "/c", "http://h/c"},
                           {"http://h/a/b", "//g/c", "http://g/c"},
                           {"http://h/a/b", "?x=1", "http://h/a/b?x=1"},
                           {"http://h:8080/a", "http://h/a/", "http://h/a/"},
                           {"http://h/a", "https://h/a#part", "https://h/a"},
                           {"http://h/a", "http://u:p@g/a", "http://g/a"},
                           {"https://h/a", "/b c", "https://h/b%20c"}})) {
    CAPTURE(base);
    CAPTURE(reference);
    const auto resolved = resolve_redirect(base, reference);
    REQUIRE(resolved);
    CHECK(*resolved == expected);
  }
}

TEST_CASE("a redirect out of http, or down from https, is refused") {
  for (const char* reference :
       {"file:///etc/passwd", "sftp://h/x", "ftp://h/x", "gopher://h/",
        "http://h/down", "javascript:alert(1)"}) {
    CAPTURE(reference);
    const auto resolved = resolve_redirect("https://h/a", reference);
    REQUIRE_FALSE(resolved);
    CHECK((resolved.error().code == EACCES || resolved.error().code == EINVAL));
  }
}

TEST_SUITE_END();
