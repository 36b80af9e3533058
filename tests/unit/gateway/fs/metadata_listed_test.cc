// SPDX-License-Identifier: GPL-2.0-or-later
// What listings save: questions that are not asked, or asked ahead.
#include <doctest/doctest.h>

#include "gateway/fs/metadata.hh"
#include "tests/support/gateway_rig.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;
using test::GatewayRig;

Result<Found> lookup(GatewayRig& rig, std::string_view path) {
  Call call;
  return rig.metadata().lookup(rig.place(path), call);
}

void list(GatewayRig& rig, std::string_view path) {
  Call call;
  REQUIRE(rig.metadata().list(rig.place(path), call));
}

int code(const Result<Found>& found) { return found ? 0 : found.error().code; }

DirEntry file(const std::string& name) {
  DirEntry entry;
  entry.name = name;
  return entry;
}

DirEntry exact(const std::string& name, std::uint64_t size, std::time_t time,
               unsigned step = 1) {
  DirEntry entry = file(name);
  entry.size = size;
  entry.modified = time;
  entry.modified_step = step;
  return entry;
}

DirListing complete(std::vector<DirEntry> entries) {
  DirListing listing(std::move(entries));
  listing.complete = true;
  return listing;
}

TEST_SUITE_BEGIN("gateway/fs/metadata_listed");

TEST_CASE("exact attributes of a listing need no question until it is old") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  rig.http().put_listing("/", complete({exact("f", 4, 1000)}));
  list(rig, "/h");
  rig.clock().advance(2s);
  const auto found = lookup(rig, "/h/f");
  REQUIRE(found);
  CHECK(found->attr.size == 4);
  CHECK(found->attr.modified == 1000);
  CHECK(found->valid == 3s);
  CHECK(rig.http().stats() == 0);
  rig.clock().advance(3s);
  CHECK(lookup(rig, "/h/f"));
  CHECK(rig.http().stats() == 1);
}

TEST_CASE("an open asks, and what it learns is what the name stands for") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  rig.http().put_listing("/", complete({exact("f", 4, 1000)}));
  list(rig, "/h");
  const auto listed = lookup(rig, "/h/f");
  Call call;
  const auto current = rig.metadata().current(rig.place("/h/f"), call);
  REQUIRE(current);
  CHECK(current->version != listed->attr.version);
  CHECK(lookup(rig, "/h/f")->attr.version == current->version);
  CHECK(rig.http().stats() == 1);
}

TEST_CASE("a name that a whole listing lacks is not there, unasked") {
  GatewayRig rig;
  rig.http().put("/late", "here", "1");
  rig.http().put("/.hidden", "here", "1");
  rig.http().put("/x~", "here", "1");
  rig.http().put("/q?x", "here", "1");
  rig.http().put_listing("/", complete({file("f")}));
  list(rig, "/h");
  CHECK(code(lookup(rig, "/h/late")) == ENOENT);
  CHECK(rig.http().stats() == 0);
  // Servers leave these out, or no page can hold them.
  CHECK(lookup(rig, "/h/.hidden"));
  CHECK(lookup(rig, "/h/x~"));
  CHECK(lookup(rig, "/h/q?x"));
  rig.clock().advance(5s);
  CHECK(lookup(rig, "/h/late"));
}

TEST_CASE("an announced directory is there whatever a listing says") {
  GatewayRig rig;
  rig.http().put_listing("/", complete({file("f")}));
  list(rig, "/h");
  rig.slots().announce(0, "/h/deep/x");
  CHECK(lookup(rig, "/h/deep")->attr.kind == Kind::directory);
}

TEST_CASE("a listing that may leave out names says nothing of them") {
  GatewayRig rig;
  rig.http().put("/late", "here", "1");
  rig.http().put_listing("/", std::vector{file("f")});
  list(rig, "/h");
  CHECK(lookup(rig, "/h/late"));
}

TEST_CASE("what has answered once is asked for, though it is not listed") {
  GatewayRig rig;
  rig.http().put("/alias", "here", "1");
  rig.http().put_listing("/", complete({file("f")}));
  CHECK(lookup(rig, "/h/alias"));
  rig.clock().advance(5s);
  list(rig, "/h");
  CHECK(lookup(rig, "/h/alias"));
}

TEST_CASE("who walks a listing without sizes finds the next names asked for") {
  GatewayRig rig;
  std::vector<DirEntry> entries;
  for (int i = 100; i < 200; ++i) {
    const std::string name = "f" + std::to_string(i);
    rig.http().put("/" + name, "text", "1");
    entries.push_back(file(name));
  }
  rig.http().put_listing("/", complete(std::move(entries)));
  list(rig, "/h");
  CHECK(lookup(rig, "/h/f150"));
  CHECK(rig.http().stats() == 1);
  for (int i = 100; i < 200; ++i)
    CHECK(lookup(rig, "/h/f" + std::to_string(i)));
  CHECK(rig.http().stats() == 100);
}

TEST_CASE("names here and there are asked for alone") {
  GatewayRig rig;
  std::vector<DirEntry> entries;
  for (int i = 1000; i < 2000; ++i) {
    const std::string name = "f" + std::to_string(i);
    rig.http().put("/" + name, "text", "1");
    entries.push_back(file(name));
  }
  rig.http().put_listing("/", complete(std::move(entries)));
  list(rig, "/h");
  for (const int i : {1900, 1100, 1500, 1000, 1800, 1400})
    CHECK(lookup(rig, "/h/f" + std::to_string(i)));
  CHECK(rig.http().stats() == 6);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
