// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/vpath.hh"

#include <doctest/doctest.h>

#include <stdexcept>

namespace vfsrun {

namespace {

VPath path(std::string_view text) { return VPath::parse(text).value(); }

TEST_SUITE("gateway/base/vpath") {
  TEST_CASE("a path becomes canonical") {
    struct Case {
      std::string_view text;
      std::string_view canonical;
    };

    for (const auto& [text, canonical] :
         {Case{"/", "/"}, Case{"///", "/"}, Case{"/.", "/"}, Case{"/a/", "/a"},
          Case{"//a//b", "/a/b"}, Case{"/a/./b/.", "/a/b"},
          Case{"/...", "/..."}, Case{"/a/..b", "/a/..b"},
          Case{"/\xff\n", "/\xff\n"}}) {
      CAPTURE(text);
      CHECK(path(text).str() == canonical);
    }
  }

  TEST_CASE("what cannot be canonical is refused") {
    using namespace std::string_view_literals;
    for (const std::string_view text :
         {""sv, "a"sv, "./a"sv, "/.."sv, "/a/../b"sv, "/a/.."sv, "/a\0b"sv}) {
      CAPTURE(text);
      CHECK(VPath::parse(text).error().code == EINVAL);
    }
  }

  TEST_CASE("name, parent and depth") {
    CHECK(path("/a/b").name() == "b");
    CHECK(path("/a/b").parent() == path("/a"));
    CHECK(path("/a").parent().is_root());
    CHECK(path("/").parent().is_root());
    CHECK(path("/").name().empty());
    CHECK(path("/").depth() == 0);
    CHECK(path("/a/b").depth() == 2);
    CHECK(path("/a/b").components() == std::vector<std::string_view>{"a", "b"});
    CHECK(path("/").components().empty());
  }

  TEST_CASE("child and join add components") {
    CHECK(path("/").child("a").str() == "/a");
    CHECK(path("/a").child("b").str() == "/a/b");
    CHECK(path("/a").join(path("/b/c")).str() == "/a/b/c");
    CHECK(path("/").join(path("/b")).str() == "/b");
    CHECK(path("/a").join(VPath()).str() == "/a");
  }

  TEST_CASE("a child must be one component") {
    for (const char* name : {"", ".", "..", "a/b"})
      CHECK_THROWS_AS((void)path("/").child(name), std::logic_error);
  }

  TEST_CASE("prefixes end at component boundaries") {
    CHECK(path("/http/h").is_within(path("/http")));
    CHECK(path("/http").is_within(path("/http")));
    CHECK(path("/http").is_within(path("/")));
    CHECK_FALSE(path("/httpx").is_within(path("/http")));
    CHECK_FALSE(path("/http").is_within(path("/http/h")));
  }

  TEST_CASE("the part below a prefix is a path of its own") {
    CHECK(path("/http/h/f").below(path("/http")).str() == "/h/f");
    CHECK(path("/http").below(path("/http")).is_root());
    CHECK(path("/a").below(path("/")).str() == "/a");
    CHECK_THROWS_AS((void)path("/httpx").below(path("/http")),
                    std::logic_error);
  }

  TEST_CASE("names that a directory may hold") {
    using namespace std::string_view_literals;
    CHECK(VPath::valid_name("a"));
    CHECK(VPath::valid_name("..."));
    CHECK(VPath::valid_name(std::string(255, 'x')));
    for (const std::string_view name : {""sv, "."sv, ".."sv, "a/b"sv, "a\0"sv})
      CHECK_FALSE(VPath::valid_name(name));
    CHECK_FALSE(VPath::valid_name(std::string(256, 'x')));
  }

  TEST_CASE("equal paths have equal hashes") {
    CHECK(std::hash<VPath>{}(path("//a/")) == std::hash<VPath>{}(path("/a")));
  }
}

}  // namespace

}  // namespace vfsrun
