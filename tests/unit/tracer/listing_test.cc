// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/listing.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstring>

#include "gateway/base/mount_table.hh"

using vfsrun::Mount;
using vfsrun::MountTable;
using vfsrun::VPath;
using vfsrun::tracer::first_position;
using vfsrun::tracer::ListingNames;
using vfsrun::tracer::make_listing;

namespace {

MountTable mounts_at(std::initializer_list<const char*> paths) {
  std::vector<Mount> mounts;
  for (const char* path : paths) {
    Mount mount;
    mount.path = VPath::parse(path).value();
    mounts.push_back(mount);
  }
  return MountTable(std::move(mounts));
}

struct Entry {
  std::string name;
  std::int64_t next;
};

std::vector<Entry> entries_of(const std::string& bytes) {
  std::vector<Entry> out;
  for (std::size_t at = 0; at < bytes.size();) {
    std::int64_t next = 0;
    std::uint16_t size = 0;
    std::memcpy(&next, bytes.data() + at + 8, sizeof next);
    std::memcpy(&size, bytes.data() + at + 16, sizeof size);
    REQUIRE(size > 19);
    REQUIRE(size % 8 == 0);
    REQUIRE(at + size <= bytes.size());
    out.push_back({bytes.data() + at + 19, next});
    at += size;
  }
  return out;
}

}  // namespace

TEST_SUITE("tracer/listing") {
  TEST_CASE("all entries that fit are given, with positions to go on from") {
    const std::vector<std::string> names{"ftp", "http", "https"};
    const auto all = make_listing(names, 0, 32768);
    const auto entries = entries_of(all.bytes);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].name == "ftp");
    CHECK(entries[2].name == "https");
    CHECK(entries[1].next == first_position + 2);
    CHECK(all.next_position == first_position + 3);
  }

  TEST_CASE("a small buffer takes one entry at a time") {
    const std::vector<std::string> names{"ftp", "http", "https"};
    std::vector<std::string> seen;
    std::size_t from = 0;
    while (from < names.size()) {
      const auto part = make_listing(names, from, 32);
      const auto entries = entries_of(part.bytes);
      REQUIRE(entries.size() == 1);
      seen.push_back(entries[0].name);
      from = static_cast<std::size_t>(part.next_position - first_position);
    }
    CHECK(seen == names);
  }

  TEST_CASE("a buffer that holds no entry gives none") {
    const auto part = make_listing({"http"}, 0, 8);
    CHECK(part.bytes.empty());
    CHECK(part.next_position == first_position);
  }

  TEST_CASE("existing ancestors of mounts list what leads to them") {
    const ListingNames names(mounts_at({"/vfsrun-a", "/usr/vfsrun-b/c"}));
    CHECK(names.missing_in("/") == std::vector<std::string>{"vfsrun-a"});
    CHECK(names.missing_in("/usr") == std::vector<std::string>{"vfsrun-b"});
    CHECK_FALSE(names.missing_in("/usr/vfsrun-b"));
    CHECK_FALSE(names.missing_in("/etc"));
  }
}
