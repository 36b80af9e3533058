// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/block_map.hh"

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace vfsrun {

namespace {

constexpr std::uint64_t block = cache_block_size;

TEST_SUITE("gateway/cache/block_map") {
  TEST_CASE("a range touches every block that it has a byte of") {
    CHECK(blocks_touched({0, 0}).empty());
    CHECK(blocks_touched({0, 1}) == BlockRange{0, 1});
    CHECK(blocks_touched({block - 1, 2}) == BlockRange{0, 2});
    CHECK(blocks_touched({block, block}) == BlockRange{1, 2});
  }

  TEST_CASE("a range covers only the blocks it holds whole") {
    const std::uint64_t size = 3 * block + 5;
    CHECK(blocks_covered({0, block - 1}, size).empty());
    CHECK(blocks_covered({0, block}, size) == BlockRange{0, 1});
    CHECK(blocks_covered({1, 2 * block}, size) == BlockRange{1, 2});
    CHECK(blocks_covered({2 * block, block + 4}, size) == BlockRange{2, 3});
  }

  TEST_CASE("the last block is whole when covered up to the end of the file") {
    const std::uint64_t size = 3 * block + 5;
    CHECK(blocks_covered({2 * block, block + 5}, size) == BlockRange{2, 4});
    CHECK(blocks_covered({0, 7 * block}, size) == BlockRange{0, 4});
    CHECK(blocks_covered({3 * block + 1, 4}, size).empty());
    CHECK(blocks_covered({0, 5}, 5) == BlockRange{0, 1});
  }

  TEST_CASE("the bytes of blocks end with the file") {
    CHECK(bytes_of({0, 1}, 5) == ByteRange{0, 5});
    CHECK(bytes_of({1, 3}, 2 * block + 1) == ByteRange{block, block + 1});
    CHECK(bytes_of({2, 2}, 9 * block) == ByteRange{0, 0});
  }

  TEST_CASE(
      "a block is present after it is set and missing after it is "
      "cleared") {
    BlockMap map;
    CHECK_FALSE(map.has(7));
    map.set({7, 8});
    CHECK(map.has(7));
    CHECK_FALSE(map.has(6));
    CHECK_FALSE(map.has(8));
    map.clear({7, 8});
    CHECK_FALSE(map.has(7));
  }

  TEST_CASE("missing blocks come as runs of adjacent ones") {
    BlockMap map;
    map.set({2, 4});
    map.set({6, 7});
    CHECK(map.missing({0, 8}) ==
          std::vector<BlockRange>{{0, 2}, {4, 6}, {7, 8}});
    CHECK(map.missing({2, 4}).empty());
    CHECK(map.first_missing({2, 8}) == 4);
    CHECK(map.first_missing({2, 4}) == 4);
  }

  TEST_CASE("an empty range has all and misses nothing") {
    const BlockMap map;
    CHECK(map.has_all({5, 5}));
    CHECK(map.missing({5, 5}).empty());
  }

  TEST_CASE("block numbers of a file of any size cost little") {
    BlockMap map;
    constexpr std::uint64_t far = 1ULL << 48;
    map.set({far, far + 2});
    CHECK(map.has_all({far, far + 2}));
    CHECK(map.missing({far - 1, far + 3}) ==
          std::vector<BlockRange>{{far - 1, far}, {far + 2, far + 3}});
  }

  TEST_CASE("it agrees with a plain set under random changes") {
    std::mt19937 random(20240607);
    BlockMap map;
    std::set<std::uint64_t> model;
    constexpr std::uint64_t count = 3000;  // several chunks, odd edges
    const auto pick = [&](std::uint64_t below) { return random() % below; };
    for (int round = 0; round < 2000; ++round) {
      const std::uint64_t first = pick(count);
      const BlockRange range{first, first + pick(pick(8) == 0 ? 1500 : 70)};
      const bool set = pick(2) == 0;
      set ? map.set(range) : map.clear(range);
      for (auto n = range.first; n < range.end; ++n)
        set ? (void)model.insert(n) : (void)model.erase(n);
      const std::uint64_t from = pick(count);
      const BlockRange asked{from, from + pick(400)};
      std::set<std::uint64_t> missing;
      for (const BlockRange run : map.missing(asked)) {
        CHECK_FALSE(run.empty());
        for (auto n = run.first; n < run.end; ++n) missing.insert(n);
      }
      for (auto n = asked.first; n < asked.end; ++n) {
        REQUIRE(map.has(n) == model.contains(n));
        REQUIRE(missing.contains(n) != model.contains(n));
      }
    }
  }
}

}  // namespace

}  // namespace vfsrun
