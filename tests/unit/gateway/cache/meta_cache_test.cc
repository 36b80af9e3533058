// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/meta_cache.hh"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;

VPath path(std::string_view text) { return VPath::parse(text).value(); }

Attr file(std::uint64_t size) {
  Attr attr;
  attr.size = size;
  return attr;
}

DirEntry entry(const char* name, Kind kind) {
  DirEntry made;
  made.name = name;
  made.kind = kind;
  return made;
}

TEST_SUITE_BEGIN("gateway/cache/meta_cache");

TEST_CASE("an answer is kept with its age") {
  test::FakeClock clock;
  MetaCache cache(clock);
  cache.put(path("/h/f"), file(3), path("/h"));
  clock.advance(2s);
  CHECK(cache.find(path("/h/f"))->attr.size == 3);
  CHECK(cache.find(path("/h/f"))->age == 2s);
  CHECK_FALSE(cache.find(path("/h/g")));
}

TEST_CASE("the later of there and not there holds") {
  test::FakeClock clock;
  MetaCache cache(clock);
  cache.put_absent(path("/h/f"));
  clock.advance(1s);
  CHECK(cache.absent_since(path("/h/f")) == 1s);
  cache.put(path("/h/f"), file(3), path("/h"));
  CHECK_FALSE(cache.absent_since(path("/h/f")));
  cache.put_absent(path("/h/f"));
  CHECK_FALSE(cache.find(path("/h/f")));
}

TEST_CASE("what answers proves the directories above it, up to the mount") {
  test::FakeClock clock;
  MetaCache cache(clock);
  cache.put(path("/h/a/b/f"), file(3), path("/h"));
  CHECK(cache.find(path("/h/a"))->attr.kind == Kind::directory);
  CHECK(cache.find(path("/h/a/b"))->proven);
  CHECK(cache.find(path("/h"))->proven);
  CHECK_FALSE(cache.find(path("/")));
  CHECK(cache.proven_below(path("/h/a")).at(0).name == "b");
  CHECK(cache.proven_below(path("/h/a/b")).at(0).kind == Kind::file);
}

TEST_CASE("what is gone is no longer proven below its directory") {
  test::FakeClock clock;
  MetaCache cache(clock);
  cache.put(path("/h/a/f"), file(3), path("/h"));
  cache.put_absent(path("/h/a/f"));
  CHECK(cache.proven_below(path("/h/a")).empty());
  CHECK(cache.find(path("/h/a"))->proven);
}

TEST_CASE("a declared directory outlives everything") {
  test::FakeClock clock;
  MetaCache cache(clock, 2);
  CHECK(cache.declare(path("/h/new"), path("/h")).has_value());
  cache.drop(path("/h/new"));
  for (int i = 0; i < 100; ++i)
    cache.put_absent(path("/h/x" + std::to_string(i)));
  CHECK(cache.find(path("/h/new"))->declared);
}

TEST_CASE("past the limit the least recently used is forgotten") {
  test::FakeClock clock;
  MetaCache cache(clock, 3);
  cache.put_absent(path("/1"));
  cache.put_absent(path("/2"));
  cache.put_absent(path("/3"));
  cache.put(path("/1"), file(1), path("/1"));
  cache.put_absent(path("/4"));
  CHECK(cache.find(path("/1")));
  CHECK_FALSE(cache.absent_since(path("/2")));
  CHECK(cache.absent_since(path("/4")));
}

TEST_CASE("a listing is sorted, without doubles, and tells of its names") {
  test::FakeClock clock;
  MetaCache cache(clock);
  cache.put_listing(path("/h"), std::vector{entry("b", Kind::file),
                                            entry("a", Kind::directory),
                                            entry("b", Kind::directory)});
  clock.advance(1s);
  const auto known = cache.listing(path("/h"));
  REQUIRE(known);
  REQUIRE(known->entries->size() == 2);
  CHECK(known->age == 1s);
  CHECK(known->entries->at(0).name == "a");
  CHECK(cache.listed(path("/h/a"))->first.kind == Kind::directory);
  CHECK(cache.listed(path("/h/b"))->first.kind == Kind::file);
  CHECK_FALSE(cache.listed(path("/h/c")));
}

TEST_CASE("old listings make room for new ones") {
  test::FakeClock clock;
  MetaCache cache(clock);
  for (int i = 0; i < 300; ++i) {
    clock.advance(1ms);
    cache.put_listing(path("/" + std::to_string(i)), {});
  }
  CHECK_FALSE(cache.listing(path("/0")));
  CHECK(cache.listing(path("/299")));
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
