// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/mount_table.hh"

#include <doctest/doctest.h>

namespace vfsrun {

namespace {

VPath path(std::string_view text) { return VPath::parse(text).value(); }

Mount mount(std::string_view at, std::string url = "http://{host}/") {
  Mount made;
  made.path = path(at);
  made.url = std::move(url);
  return made;
}

TEST_SUITE("gateway/base/mount_table") {
  TEST_CASE("the longest prefix wins, whatever the order") {
    const MountTable table({mount("/a"), mount("/a/b/c"), mount("/a/b")});
    CHECK(table.find(path("/a/x"))->path == path("/a"));
    CHECK(table.find(path("/a/b"))->path == path("/a/b"));
    CHECK(table.find(path("/a/b/c/d"))->path == path("/a/b/c"));
    CHECK(table.find(path("/a/bc"))->path == path("/a"));
    CHECK(table.find(path("/ab")) == nullptr);
    CHECK(table.find(path("/")) == nullptr);
  }

  TEST_CASE("paths above a mount lead to it") {
    const MountTable table({mount("/x/y/z"), mount("/x/q")});
    CHECK(table.leads_to_mount(path("/")));
    CHECK(table.leads_to_mount(path("/x")));
    CHECK(table.leads_to_mount(path("/x/y")));
    CHECK_FALSE(table.leads_to_mount(path("/x/y/z")));
    CHECK_FALSE(table.leads_to_mount(path("/x/z")));
    CHECK_FALSE(MountTable().leads_to_mount(path("/")));
  }

  TEST_CASE("names below come once each, sorted") {
    const MountTable table(
        {mount("/x/y/z"), mount("/x/y"), mount("/x/a"), mount("/http")});
    using Names = std::vector<std::string>;
    CHECK(table.names_below(path("/")) == Names{"http", "x"});
    CHECK(table.names_below(path("/x")) == Names{"a", "y"});
    CHECK(table.names_below(path("/x/y")) == Names{"z"});
    CHECK(table.names_below(path("/http")).empty());
  }

  TEST_CASE("scheme and host template of a url") {
    CHECK(mount("/http").has_host_template());
    CHECK(mount("/http").scheme() == "http");
    const Mount fixed = mount("/x", "https://h/{}");
    CHECK_FALSE(fixed.has_host_template());
    CHECK(fixed.scheme() == "https");
  }
}

}  // namespace

}  // namespace vfsrun
