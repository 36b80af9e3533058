// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file_assembly.hh"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/fake_fetch.hh"

namespace vfsrun {

namespace {

using test::pattern;

TEST_SUITE("gateway/cache/cached_file_assembly") {
  TEST_CASE("whatever the pieces, whole blocks come out in order") {
    const std::uint64_t size = 5 * cache_block_size + 123;
    const BlockRange blocks{1, 6};
    const auto bytes = pattern(bytes_of(blocks, size));
    for (const std::size_t piece :
         {std::size_t{1000}, std::size_t{cache_block_size},
          std::size_t{cache_block_size + 1}, std::size_t{50'000},
          bytes.size()}) {
      CAPTURE(piece);
      std::vector<std::byte> got;
      std::uint64_t next = blocks.first;
      BlockAssembly assembly(
          blocks, size, [&](BlockRange run, std::span<const std::byte> part) {
            CHECK(run.first == next);
            CHECK(part.size() == bytes_of(run, size).size);
            next = run.end;
            got.insert(got.end(), part.begin(), part.end());
          });
      for (std::size_t at = 0; at < bytes.size(); at += piece)
        REQUIRE(assembly.take(
            std::span(bytes).subspan(at, std::min(piece, bytes.size() - at))));
      CHECK(assembly.finish());
      CHECK(next == blocks.end);
      CHECK(got == bytes);
    }
  }

  TEST_CASE("blocks come in batches that lie as the kernel's requests do") {
    std::vector<BlockRange> puts;
    BlockAssembly assembly({4, 20}, 100 * cache_block_size,
                           [&](BlockRange run, auto) { puts.push_back(run); });
    const std::vector<std::byte> bytes(1000);
    for (std::uint64_t left = 16 * cache_block_size; left != 0;) {
      const std::size_t n = std::min<std::uint64_t>(left, bytes.size());
      REQUIRE(assembly.take(std::span(bytes).first(n)));
      left -= n;
    }
    CHECK(puts == std::vector<BlockRange>{{4, 8}, {8, 16}, {16, 20}});
  }

  TEST_CASE("flush() puts the whole blocks that have come, once") {
    std::vector<BlockRange> puts;
    BlockAssembly assembly({0, 8}, 8 * cache_block_size,
                           [&](BlockRange run, auto) { puts.push_back(run); });
    const std::vector<std::byte> bytes(cache_block_size + 1);
    CHECK(assembly.arrived() == 0);
    REQUIRE(assembly.take(bytes));
    CHECK(assembly.arrived() == 1);
    CHECK(puts.empty());
    assembly.flush();
    assembly.flush();
    CHECK(puts == std::vector<BlockRange>{{0, 1}});
    REQUIRE(assembly.take(bytes));
    assembly.flush();
    CHECK(puts == std::vector<BlockRange>{{0, 1}, {1, 2}});
  }

  TEST_CASE("too few bytes and too many are errors") {
    BlockAssembly assembly({0, 1}, 100, [](auto, auto) {});
    const std::vector<std::byte> bytes(60);
    REQUIRE(assembly.take(bytes));
    CHECK(assembly.finish().error().code == EIO);
    CHECK(assembly.take(bytes).error().code == EIO);
  }
}

}  // namespace

}  // namespace vfsrun
