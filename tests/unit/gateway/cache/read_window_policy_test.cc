// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/read_window_policy.hh"

#include <doctest/doctest.h>

#include <array>
#include <utility>

namespace vfsrun {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t large = 4096 * mib;
constexpr std::uint64_t plenty = UINT64_MAX;

std::uint64_t sum(const ReadWindowPolicy::Plan& plan) {
  std::uint64_t bytes = 0;
  for (const ByteRange& part : plan.fetch) bytes += part.size;
  return bytes;
}

TEST_SUITE_BEGIN("gateway/cache/read_window_policy");

TEST_CASE("the first READ of a file is answered from the first window") {
  ReadWindowPolicy policy(8);
  const auto plan = policy.on_read({0, 128 * kib}, large, false, plenty);
  REQUIRE(plan.fetch.size() == 1);
  CHECK(plan.fetch.front() == ByteRange{0, ReadWindowPolicy::first_window});
}

TEST_CASE("a beginning that is at hand asks for nothing, what follows does") {
  ReadWindowPolicy policy(8);
  CHECK(policy.on_read({0, 16 * kib}, large, true, plenty).fetch.empty());
  CHECK(
      policy.on_read({16 * kib, 48 * kib}, large, true, plenty).fetch.empty());
  const auto plan = policy.on_read({64 * kib, 128 * kib}, large, false, plenty);
  REQUIRE_FALSE(plan.fetch.empty());
  CHECK(plan.fetch.front().offset == 64 * kib);
}

TEST_CASE("a sequential reader is read ahead of: no gap, no byte twice") {
  for (const std::size_t parallel :
       {std::size_t{0}, std::size_t{1}, std::size_t{8}}) {
    CAPTURE(parallel);
    ReadWindowPolicy policy(parallel);
    std::uint64_t ahead = 0;
    std::size_t requests = 0;
    for (std::uint64_t at = 0; at < 256 * mib; at += 128 * kib) {
      const auto plan =
          policy.on_read({at, 128 * kib}, large, at < ahead, plenty);
      CHECK_FALSE(plan.jumped);
      for (const ByteRange& part : plan.fetch) {
        CHECK(part.offset == ahead);
        ahead = part.end();
        ++requests;
      }
      CHECK(ahead >= at + 128 * kib);
      CHECK(ahead <= at + 128 * kib + ReadWindowPolicy::largest_window);
    }
    CHECK(policy.window() == ReadWindowPolicy::largest_window);
    CHECK(requests < 100);
  }
}

TEST_CASE("the largest window is in as many parts as the store can use") {
  ReadWindowPolicy policy(8);
  std::uint64_t largest = 0;
  for (std::uint64_t at = 0; at < 256 * mib; at += 128 * kib)
    for (const ByteRange& part :
         policy.on_read({at, 128 * kib}, large, at != 0, plenty).fetch)
      largest = std::max(largest, part.size);
  CHECK(largest == ReadWindowPolicy::largest_window / 8);
}

TEST_CASE("READs may come out of order, and skip a little") {
  struct Row {
    const char* what;
    std::array<std::uint64_t, 4> offsets;  // in KiB, of 128 KiB each
  };

  for (const Row& row : std::array<Row, 5>{{
           {"in order", {0, 128, 256, 384}},
           {"two swapped", {0, 256, 128, 384}},
           {"the first two swapped", {128, 0, 256, 384}},
           {"a skip of less than the slack", {0, 128, 640, 768}},
           {"a skip into what is on its way", {0, 128, 1000, 1128}},
       }}) {
    CAPTURE(row.what);
    ReadWindowPolicy policy(8);
    bool jumped = false;
    for (const std::uint64_t at : row.offsets)
      jumped |=
          policy.on_read({at * kib, 128 * kib}, large, false, plenty).jumped;
    CHECK_FALSE(jumped);
    CHECK(policy.window() >= ReadWindowPolicy::first_window);
  }
}

TEST_CASE("random reads ask for nothing but themselves") {
  ReadWindowPolicy policy(8);
  std::uint64_t at = 12345 * kib;
  for (int i = 0; i < 200; ++i) {
    at = (at * 6364136223846793005ULL + 1442695040888963407ULL) % large;
    const auto plan = policy.on_read({at, 4 * kib}, large, false, plenty);
    CHECK(plan.fetch.empty());
    CHECK(plan.jumped == (i != 0));
  }
}

TEST_CASE("random records cost at most five times what is read of them") {
  for (const std::uint64_t record : {8 * kib, 256 * kib, 1024 * kib}) {
    ReadWindowPolicy policy(8);
    std::uint64_t asked = 0;
    std::uint64_t read = 0;
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t start =
          (50 - static_cast<std::uint64_t>(i)) * 64 * mib;
      const std::uint64_t piece = std::min(record / 2, 128 * kib);
      for (std::uint64_t at = 0; at < record; at += piece) {
        asked += sum(policy.on_read({start + at, piece}, large, false, plenty));
        read += piece;
      }
    }
    CAPTURE(record);
    CHECK(asked <= 5 * read);
    CHECK(asked > 0);
  }
}

TEST_CASE("nothing past the end, nothing past the room") {
  ReadWindowPolicy policy(8);
  auto plan = policy.on_read({0, 128 * kib}, 200 * kib, false, plenty);
  REQUIRE(plan.fetch.size() == 1);
  CHECK(plan.fetch.front().end() == 200 * kib);
  CHECK(policy.on_read({128 * kib, 72 * kib}, 200 * kib, false, plenty)
            .fetch.empty());
  ReadWindowPolicy tight(8);
  CHECK(sum(tight.on_read({0, 128 * kib}, large, false, 300 * kib)) ==
        300 * kib);
  CHECK(tight.on_read({128 * kib, 128 * kib}, large, false, 0).fetch.empty());
  // The room is there again: the reader's own bytes come first.
  plan = tight.on_read({300 * kib, 128 * kib}, large, false, plenty);
  REQUIRE_FALSE(plan.fetch.empty());
  CHECK(plan.fetch.front().offset == 300 * kib);
}

TEST_CASE("a jump ends the window, and reading on opens a small one") {
  ReadWindowPolicy policy(8);
  for (std::uint64_t at = 0; at < 16 * mib; at += 128 * kib)
    (void)policy.on_read({at, 128 * kib}, large, false, plenty);
  auto plan = policy.on_read({900 * mib, 128 * kib}, large, false, plenty);
  CHECK(plan.jumped);
  CHECK(plan.fetch.empty());
  plan =
      policy.on_read({900 * mib + 128 * kib, 128 * kib}, large, false, plenty);
  CHECK_FALSE(plan.jumped);
  CHECK(sum(plan) <= 2 * mib);
  CHECK(sum(plan) > 128 * kib);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
