// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file_store.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/fake_fetch.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

using test::pattern;
using test::TempDir;
using Runs = std::vector<BlockRange>;

constexpr std::uint64_t size = 4 * cache_block_size + 100;
constexpr std::string_view key = "http://h/f";

struct Disk {
  TempDir dir;
  std::string path = (dir.path() / "f").string();

  Fd file() const { return open_file(path, O_RDWR | O_CREAT, 0600).value(); }

  BlockStore make() const {
    Fd fd = file();
    REQUIRE(BlockStore::format(fd.get(), key, size));
    return BlockStore::open(std::move(fd), key, size).value();
  }

  /// All five blocks, in a store that is then let go.
  void fill() const {
    BlockStore store = make();
    REQUIRE(store.write({0, 5}, size, pattern({0, size})));
  }

  void damage(std::uint64_t offset) const {
    const Fd fd = file();
    char byte = 0;
    REQUIRE(::pread(fd.get(), &byte, 1, static_cast<off_t>(offset)) == 1);
    byte = static_cast<char>(~byte);
    REQUIRE(::pwrite(fd.get(), &byte, 1, static_cast<off_t>(offset)) == 1);
  }
};

// One page of header: see the layout in the header.
constexpr std::uint64_t table_at = 4096;
constexpr std::uint64_t data_at = 1 << 20;

TEST_SUITE("gateway/cache/cached_file_store") {
  TEST_CASE("blocks read back as written, by another opener too") {
    const Disk disk;
    BlockStore store = disk.make();
    CHECK(store.verify({0, 5}, size).value().empty());
    REQUIRE(store.write({1, 3}, size, pattern(bytes_of({1, 3}, size))));
    REQUIRE(store.write({4, 5}, size, pattern(bytes_of({4, 5}, size))));
    const auto other = BlockStore::open(disk.file(), key, size).value();
    CHECK(other.verify({0, 5}, size).value() == Runs{{1, 3}, {4, 5}});
    std::vector<std::byte> bytes(100);
    REQUIRE(other.read(4 * cache_block_size, bytes));
    CHECK(bytes == pattern({4 * cache_block_size, 100}));
  }

  TEST_CASE("a flipped bit in any part of the file costs the block or file") {
    const Disk disk;
    disk.fill();
    SUBCASE("data") {
      disk.damage(data_at + 2 * cache_block_size + 17);
      const auto store = BlockStore::open(disk.file(), key, size).value();
      CHECK(store.verify({0, 5}, size).value() == Runs{{0, 2}, {3, 5}});
    }
    SUBCASE("table") {
      disk.damage(table_at + 3 * 8);
      const auto store = BlockStore::open(disk.file(), key, size).value();
      CHECK(store.verify({0, 5}, size).value() == Runs{{0, 3}, {4, 5}});
    }
    SUBCASE("header") {
      disk.damage(20);
      CHECK(BlockStore::open(disk.file(), key, size).error().code == EBADMSG);
    }
  }

  TEST_CASE("right bytes in a wrong place do not count") {
    const Disk disk;
    BlockStore store = disk.make();
    const auto bytes = pattern({0, cache_block_size});
    REQUIRE(store.write({0, 1}, size, bytes));
    REQUIRE(store.write({1, 2}, size, bytes));
    // Swap the two table entries: the bytes are the same, their place not.
    const Fd fd = disk.file();
    std::array<std::uint64_t, 2> sums{};
    REQUIRE(::pread(fd.get(), sums.data(), 16, table_at) == 16);
    std::swap(sums[0], sums[1]);
    REQUIRE(::pwrite(fd.get(), sums.data(), 16, table_at) == 16);
    CHECK(store.verify({0, 2}, size).value().empty());
  }

  TEST_CASE("a file that was cut or grew is refused") {
    const Disk disk;
    disk.fill();
    for (const std::uint64_t length :
         {0UL, 100UL, data_at + size - 1, data_at + size + 1}) {
      CAPTURE(length);
      REQUIRE(::truncate(disk.path.c_str(), static_cast<off_t>(length)) == 0);
      CHECK(BlockStore::open(disk.file(), key, size).error().code == EBADMSG);
    }
  }

  TEST_CASE("a file that is cut while open gives errors") {
    const Disk disk;
    disk.fill();
    const auto store = BlockStore::open(disk.file(), key, size).value();
    REQUIRE(::truncate(disk.path.c_str(), data_at) == 0);
    std::vector<std::byte> bytes(10);
    CHECK(store.read(0, bytes).error().code == EIO);
    CHECK_FALSE(store.verify({0, 5}, size));
  }

  TEST_CASE("the file of another key or length is refused") {
    const Disk disk;
    disk.fill();
    CHECK(BlockStore::open(disk.file(), "http://h/g", size).error().code ==
          EBADMSG);
    CHECK(BlockStore::open(disk.file(), key, size + 1).error().code == EBADMSG);
  }

  TEST_CASE("more blocks than one batch are verified") {
    const Disk disk;
    const std::uint64_t large = 200 * cache_block_size;
    Fd fd = disk.file();
    REQUIRE(BlockStore::format(fd.get(), key, large));
    auto store = BlockStore::open(std::move(fd), key, large).value();
    REQUIRE(store.write({10, 180}, large, pattern(bytes_of({10, 180}, large))));
    CHECK(store.verify({3, 200}, large).value() == Runs{{10, 180}});
  }

  TEST_CASE("lengths that no file can have are refused") {
    const Disk disk;
    const Fd fd = disk.file();
    for (const std::uint64_t length : {1ULL << 62, ~0ULL})
      CHECK(BlockStore::format(fd.get(), key, length).error().code == EFBIG);
  }

  TEST_CASE("without a store nothing is written or read") {
    BlockStore store;
    CHECK_FALSE(store.usable());
    CHECK(store.write({0, 1}, 3, pattern({0, 3})).error().code == ENOSPC);
    CHECK(store.bytes_on_disk() == 0);
  }

  TEST_CASE("the name is 32 hex digits that follow from the key") {
    CHECK(object_name("a").size() == 32);
    CHECK(object_name("a") == object_name("a"));
    CHECK(object_name("a") != object_name("b"));
    CHECK(object_name("a").find_first_not_of("0123456789abcdef") ==
          std::string::npos);
  }
}

}  // namespace

}  // namespace vfsrun
