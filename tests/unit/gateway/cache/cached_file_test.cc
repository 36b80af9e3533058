// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/support/cached_file_fixture.hh"

namespace vfsrun {

namespace {

using test::all_disks;
using test::block;
using test::Disk;
using test::FakeFetch;
using test::FakeOwner;
using test::Gate;
using test::pattern;
using test::refuse;
using Fixture = test::CachedFileFixture;
using Ranges = std::vector<ByteRange>;

constexpr std::uint64_t size = test::fixture_size;

TEST_SUITE("gateway/cache/cached_file") {
  TEST_CASE("reads give the right bytes whatever the disk does") {
    for (const Disk kind : all_disks) {
      CAPTURE(static_cast<int>(kind));
      Fixture fixture(kind);
      const FakeFetch fetch;
      for (const auto& [offset, count] : {std::pair{0UL, 10UL},
                                          {5UL, 3 * block},
                                          {block - 1, 2UL},
                                          {18 * block, 3 * block},
                                          {size - 1, 1UL}}) {
        CAPTURE(offset);
        const auto got = fixture.read(offset, count, fetch);
        REQUIRE(got);
        CHECK(*got == pattern({offset, std::min(count, size - offset)}));
      }
    }
  }

  TEST_CASE("a read is short only at the end of the file") {
    Fixture fixture;
    const FakeFetch fetch;
    CHECK(fixture.read(size - 10, 100, fetch)->size() == 10);
    CHECK(fixture.read(size, 100, fetch)->empty());
    CHECK(fixture.read(~0ULL, 100, fetch)->empty());
    CHECK(fixture.read(0, 0, fetch)->empty());
    CHECK(fetch.count() == 1);
  }

  TEST_CASE("what was read once is not fetched again") {
    Fixture fixture;
    const FakeFetch fetch;
    REQUIRE(fixture.read(0, 4 * block, fetch));
    CHECK(fixture.file->holds({0, 4 * block}));
    CHECK_FALSE(fixture.file->holds({0, 4 * block + 1}));
    CHECK(fixture.read(block / 2, 3 * block, FakeFetch(refuse)));
    CHECK(fixture.owner.bytes == 4 * block);
  }

  TEST_CASE("adjacent missing blocks are one request, others apart") {
    Fixture fixture;
    const FakeFetch fetch;
    REQUIRE(fixture.read(4 * block, 1, fetch));
    REQUIRE(fixture.read(0, 8 * block, fetch));
    REQUIRE(fetch.count() == 3);
    CHECK(fetch.requests()[0] == ByteRange{4 * block, block});
    CHECK(fixture.file->holds({0, 8 * block}));
  }

  TEST_CASE("the last request ends with the file") {
    Fixture fixture;
    const FakeFetch fetch;
    REQUIRE(fixture.read(size - 1, 1, fetch));
    CHECK(fetch.requests() == Ranges{{20 * block, 777}});
  }

  TEST_CASE("stored bytes need no fetch, partial blocks are left out") {
    Fixture fixture;
    fixture.file->store(0, pattern({0, 2 * block + 100}));
    CHECK(fixture.file->holds({0, 2 * block}));
    CHECK_FALSE(fixture.file->holds({2 * block, 1}));
    const auto got = fixture.read(0, 2 * block, FakeFetch(refuse));
    REQUIRE(got);
    CHECK(*got == pattern({0, 2 * block}));
    fixture.file->store(20 * block - 5, pattern({20 * block - 5, 5 + 777}));
    CHECK(fixture.file->holds({20 * block, 777}));
  }

  TEST_CASE("a full disk is told once per write, never to the reader") {
    Fixture fixture(Disk::full_disk);
    const FakeFetch fetch;
    CHECK(fixture.read(0, block, fetch));
    CHECK(fixture.owner.failures > 0);
    CHECK(fixture.owner.bytes == 0);
    // Kept in memory for the moment.
    CHECK(fixture.read(0, block, FakeFetch(refuse)));
  }

  TEST_CASE("a read larger than what memory keeps succeeds without a disk") {
    test::TempDir dir;
    FakeOwner owner;
    FlightThreads threads;
    constexpr std::uint64_t large = 12 << 20;
    const auto file = std::make_shared<CachedFile>(BlockStore(), large, owner,
                                                   threads, nullptr);
    std::vector<std::byte> out(large);
    Call call;
    REQUIRE(file->read(0, out, FakeFetch(), call));
    CHECK(out == pattern({0, large}));
  }

  TEST_CASE("without room nothing is written, and reads go on") {
    Fixture fixture;
    fixture.owner.room = false;
    CHECK(fixture.read(0, 3 * block, FakeFetch()));
    CHECK(fixture.owner.bytes == 0);
    fixture.owner.room = true;
    CHECK(fixture.read(10 * block, block, FakeFetch()));
    CHECK(fixture.owner.bytes == block);
  }

  TEST_CASE("a file that is cut under an open reader is fetched again") {
    Fixture fixture;
    const FakeFetch fetch;
    REQUIRE(fixture.read(0, 4 * block, fetch));
    REQUIRE(::truncate((fixture.dir.path() / "f").c_str(), 4096) == 0);
    const auto got = fixture.read(0, 4 * block, fetch);
    REQUIRE(got);
    CHECK(*got == pattern({0, 4 * block}));
    CHECK(fetch.count() == 2);
    CHECK(fixture.owner.failures > 0);
  }

  TEST_CASE("loading ahead brings blocks in and stops at the end of file") {
    Fixture fixture;
    const FakeFetch fetch;
    Call call;
    REQUIRE(fixture.file->load({18 * block, 1ULL << 50}, fetch, call));
    CHECK(fetch.requests() == Ranges{{18 * block, 2 * block + 777}});
    CHECK(fixture.file->holds({18 * block, 1ULL << 50}));
    REQUIRE(fixture.file->load({18 * block, 5}, FakeFetch(refuse), call));
  }

  TEST_CASE("a growing file is read while it grows") {
    FakeOwner owner;
    FlightThreads threads;
    test::TempDir dir;
    const auto file = std::make_shared<CachedFile>(
        BlockStore::unnamed(
            open_file((dir.path() / "g").string(), O_RDWR | O_CREAT, 0600)
                .value()),
        0, owner, threads, nullptr);
    std::vector<std::byte> out(100'000);
    Call call;
    CHECK(file->read(0, out, FakeFetch(refuse), call).value() == 0);
    for (std::uint64_t at = 0; at < 90'000; at += 9000)
      REQUIRE(file->append(pattern({at, 9000})));
    CHECK(file->size() == 90'000);
    CHECK(file->holds({0, 100'000}));
    CHECK(file->read(0, out, FakeFetch(refuse), call).value() == 90'000);
    out.resize(90'000);
    CHECK(out == pattern({0, 90'000}));
    owner.room = false;
    CHECK(file->append(pattern({90'000, 1})).error().code == ENOSPC);
    CHECK(file->size() == 90'000);
  }
}

}  // namespace

}  // namespace vfsrun
