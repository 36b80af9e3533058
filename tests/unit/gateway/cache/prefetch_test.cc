// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/prefetch.hh"

#include <doctest/doctest.h>

#include <latch>

namespace vfsrun {
namespace {

TEST_SUITE_BEGIN("gateway/cache/prefetch");

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
