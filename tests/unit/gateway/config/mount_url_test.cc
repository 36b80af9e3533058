// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_url.hh"

#include <doctest/doctest.h>

namespace vfsrun {

namespace {

TEST_SUITE("gateway/config/mount_url") {
  TEST_CASE("good urls are taken, with '/' at the end") {
    struct Case {
      std::string_view url;
      std::string_view kept;
    };

    for (const auto& [url, kept] : {
             Case{"https://example.org", "https://example.org/"},
             Case{"HTTP://Example.org/a/b/", "http://Example.org/a/b/"},
             Case{"http://{host}/", "http://{host}/"},
             Case{"http://{host}", "http://{host}/"},
             Case{"http://{host}/pub", "http://{host}/pub/"},
             Case{"http://127.0.0.1:8080/x%20y",
                  "http://127.0.0.1:8080/x%20y/"},
             Case{"http://[::1]:80/", "http://[::1]:80/"},
             Case{"http://[::1]", "http://[::1]/"},
         }) {
      CAPTURE(url);
      const auto checked = check_mount_url(url);
      REQUIRE(checked);
      CHECK(*checked == kept);
    }
  }

  TEST_CASE("bad urls are refused with what is wrong") {
    struct Case {
      std::string_view url;
      std::string_view part;
    };

    for (const auto& [url, part] : {
             Case{"", "no scheme"},
             Case{"example.org/x", "no scheme"},
             Case{"/etc/passwd", "no scheme"},
             Case{"file:///etc/passwd", "no host"},
             Case{"gopher://h/", "not known"},
             Case{"http://", "no host"},
             Case{"http:///x", "no host"},
             Case{"http://u@h/", "netrc"},
             Case{"http://u:p@h/", "netrc"},
             Case{"gopher://u:p@h/", "netrc"},
             Case{"http://u:p@{host}/", "netrc"},
             Case{"http://x{host}/", "between"},
             Case{"http://{host}.org/", "between"},
             Case{"http://{host}:80/", "between"},
             Case{"http://{user}/", "between"},
             Case{"http://h/{host}/", "elsewhere"},
             Case{"http://{host}/{host}/", "elsewhere"},
             Case{"http://h/{x}", "'{'"},
             Case{"http://h/?q=1", "query"},
             Case{"http://h?q=1", "query"},
             Case{"http://h/#f", "query"},
             Case{"http://h:0/", "port"},
             Case{"http://h:65536/", "port"},
             Case{"http://h:/", "port"},
             Case{"http://h:8o/", "port"},
             Case{"http://-h/", "host name"},
             Case{"http://.h/", "host name"},
             Case{"http://h;x/", "host name"},
             Case{"http://[x;y]/", "host name"},
             Case{"http://[]/", "host name"},
             Case{"http://a b/", "blank"},
             Case{"http://h/\n", "control"},
             Case{"http://h\xc3\xa9/", "non-ASCII"},
         }) {
      CAPTURE(url);
      const auto checked = check_mount_url(url);
      REQUIRE_FALSE(checked);
      CAPTURE(checked.error().detail);
      CHECK(checked.error().code == EINVAL);
      CHECK(checked.error().detail.find(part) != std::string::npos);
    }
  }

  TEST_CASE("a message never shows a password") {
    for (const std::string_view url :
         {"http://me:hunter2@h/", "http://me:hunter2@h:99999/",
          "nosuch://me:hunter2@h/", "http://me:hunter2@h/{host}",
          "http://me:hunter2@h/?x", "http://me:hunter2@h/ x", "me:hunter2@h"}) {
      CAPTURE(url);
      const auto checked = check_mount_url(url);
      REQUIRE_FALSE(checked);
      CHECK(checked.error().detail.find("hunter2") == std::string::npos);
    }
  }
}

}  // namespace

}  // namespace vfsrun
