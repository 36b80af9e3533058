// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/read_window.hh"

#include <doctest/doctest.h>

#include <thread>

#include "tests/support/cached_file_fixture.hh"

namespace vfsrun::test {
namespace {

TEST_SUITE_BEGIN("gateway/cache/read_window");

std::vector<std::byte> read(ReadWindow& window, ByteRange range) {
  Call call;
  std::vector<std::byte> out(range.size);
  const auto bytes = window.read(range.offset, out, call).value().what.bytes;
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("one request brings a READ and what follows") {
  CachedFileFixture fixture;
  const FakeFetch fetch;
  ReadAheadBudget budget;
  ReadWindow window(fixture.file, fetch, 8, budget);
  for (std::uint64_t at = 0; at < fixture_size; at += 2 * block)
    CHECK(read(window, {at, 2 * block}) ==
          pattern({at, std::min(2 * block, fixture_size - at)}));
  CHECK(fetch.count() == 1);
}

/// A fetch that brings a little and then stands still until it is stopped.
struct Stalling {
  Result<void> operator()(ByteRange range, const ByteSink& sink, Call& call) {
    const ByteRange begin{range.offset, std::min(range.size, 4 * block)};
    TRY(FakeFetch::stream(begin, sink, call));
    if (begin == range) return {};
    if (gate.wait(call.stop)) return {};
    ++stopped;
    return fail(EINTR);
  }

  Gate gate;
  std::atomic<int> stopped = 0;
};

TEST_CASE("the end of the window stops what it fetched ahead") {
  CachedFileFixture fixture;
  Stalling stalling;
  ReadAheadBudget budget;
  {
    ReadWindow window(fixture.file, std::ref(stalling), 8, budget);
    CHECK(read(window, {0, 2 * block}) == pattern({0, 2 * block}));
    stalling.gate.await_arrivals(1);
    CHECK(budget.used() > 0);
  }
  while (budget.used() != 0) std::this_thread::yield();
  CHECK(stalling.stopped == 1);
}

TEST_CASE("a jump stops it too, and fetches only what is read") {
  FakeOwner owner;
  FlightThreads threads;
  const auto file = std::make_shared<CachedFile>(BlockStore(), 4096 * block,
                                                 owner, threads, nullptr);
  Stalling stalling;
  const FakeFetch fetch(std::ref(stalling));
  ReadAheadBudget budget;
  ReadWindow window(file, fetch, 8, budget);
  read(window, {0, block});
  stalling.gate.await_arrivals(fetch.count());
  const std::size_t before = fetch.count();
  read(window, {2000 * block, 100});
  while (budget.used() != 0) std::this_thread::yield();
  CHECK(stalling.stopped >= static_cast<int>(before));
  const auto requests = fetch.requests();
  REQUIRE(requests.size() == before + 1);
  CHECK(requests.back() == ByteRange{2000 * block, block});
  stalling.gate.open();
}

TEST_CASE("without room everything is still read, by request") {
  for (const Disk disk : all_disks) {
    CachedFileFixture fixture(disk);
    const FakeFetch fetch;
    ReadAheadBudget none(0);
    ReadWindow window(fixture.file, fetch, 8, none);
    for (std::uint64_t at = 0; at < fixture_size; at += 2 * block)
      CHECK(read(window, {at, 2 * block}).size() ==
            std::min(2 * block, fixture_size - at));
    CHECK(fetch.count() == 11);
  }
}

TEST_CASE("what others brought is from the cache, what it asked for is not") {
  CachedFileFixture fixture;
  const FakeFetch fetch;
  ReadAheadBudget budget;
  fixture.file->store(0, pattern({0, 4 * block}));
  ReadWindow window(fixture.file, fetch, 8, budget);
  Call call;
  std::vector<std::byte> out(2 * block);
  CHECK(window.read(0, out, call).value().from_cache);
  CHECK_FALSE(window.read(3 * block, out, call).value().from_cache);
  CHECK_FALSE(window.read(5 * block, out, call).value().from_cache);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun::test
