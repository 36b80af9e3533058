// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/prefetch.hh"

#include <doctest/doctest.h>

#include <latch>

namespace vfsrun {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t large = 1024 * 1024 * kib;

TEST_SUITE_BEGIN("gateway/cache/prefetch");

TEST_CASE("a sequential reader is read ahead of, ever further") {
  ReadAheadPolicy policy;
  std::uint64_t ahead = 0;
  std::uint64_t last_window = 0;
  for (std::uint64_t at = 0; at < 64 * 1024 * kib; at += 128 * kib) {
    const auto wanted = policy.on_read({at, 128 * kib}, large);
    CHECK(policy.window() >= last_window);
    last_window = policy.window();
    if (!wanted) continue;
    // Without a gap, and never behind the reader.
    CHECK(wanted->offset >= at + 128 * kib);
    if (ahead != 0) CHECK(wanted->offset == ahead);
    ahead = wanted->end();
    CHECK(ahead <= at + 128 * kib + ReadAheadPolicy::largest_window);
  }
  CHECK(last_window == ReadAheadPolicy::largest_window);
}

TEST_CASE("requests of one reader may come out of order") {
  ReadAheadPolicy policy;
  CHECK(policy.on_read({0, 128 * kib}, large).has_value());
  policy.on_read({256 * kib, 128 * kib}, large);
  policy.on_read({128 * kib, 128 * kib}, large);
  CHECK(policy.window() > 0);
}

TEST_CASE("a jump closes the window, and nothing is read ahead") {
  ReadAheadPolicy policy;
  policy.on_read({0, 128 * kib}, large);
  CHECK_FALSE(policy.on_read({500'000 * kib, 4 * kib}, large));
  CHECK(policy.window() == 0);
  CHECK_FALSE(policy.on_read({100'000 * kib, 4 * kib}, large));
}

TEST_CASE("nothing is read past the end of the file") {
  ReadAheadPolicy policy;
  const auto wanted = policy.on_read({0, 128 * kib}, 200 * kib);
  REQUIRE(wanted);
  CHECK(wanted->end() == 200 * kib);
  CHECK_FALSE(policy.on_read({128 * kib, 72 * kib}, 200 * kib));
}

TEST_CASE("jobs run, and none is left when the prefetcher ends") {
  std::latch ran(1);
  std::atomic<bool> stopped = false;
  {
    Prefetcher prefetcher;
    CHECK(prefetcher.submit([&](const std::stop_token& stop) {
      ran.count_down();
      while (!stop.stop_requested()) std::this_thread::yield();
      stopped = true;
    }));
    ran.wait();
  }
  CHECK(stopped);
}

TEST_CASE("what does not fit into the queue is dropped") {
  std::latch release(1);
  Prefetcher prefetcher;
  std::size_t taken = 0;
  while (prefetcher.submit([&](const std::stop_token&) { release.wait(); }))
    ++taken;
  CHECK(taken >= Prefetcher::queue_limit);
  CHECK(taken <= Prefetcher::queue_limit + Prefetcher::thread_limit);
  release.count_down();
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
