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

  TEST_CASE("a block is given on as soon as it is complete") {
    std::uint64_t blocks_got = 0;
    BlockAssembly assembly(
        {0, 3}, 3 * cache_block_size,
        [&](BlockRange run, auto) { blocks_got += run.count(); });
    const std::vector<std::byte> bytes(cache_block_size + 1);
    REQUIRE(assembly.take(bytes));
    CHECK(blocks_got == 1);
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
