// SPDX-License-Identifier: GPL-2.0-or-later
// How callers of one file share its fetches.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <semaphore>
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
  TEST_CASE("callers that miss the same block share one fetch") {
    Gate gate;  // outlives the fetches of the fixture
    Fixture fixture;
    const FakeFetch fetch(
        [&](ByteRange range, const ByteSink& sink, Call& call) -> Result<void> {
          gate.wait(call.stop);
          return FakeFetch::stream(range, sink, call);
        });
    constexpr int readers = 8;
    std::latch started(readers);
    std::atomic<int> right{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < readers; ++i) {
        threads.emplace_back([&] {
          started.count_down();
          const auto got = fixture.read(100, 2 * block, fetch);
          if (got && *got == pattern({100, 2 * block})) ++right;
        });
      }
      started.wait();
      gate.await_arrivals(1);
      gate.open();
    }
    CHECK(right == readers);
    CHECK(fetch.requests() == Ranges{{0, 3 * block}});
  }

  TEST_CASE("a reader returns when its own bytes are there") {
    Gate rest;  // outlives the fetches of the fixture
    Fixture fixture;
    const FakeFetch fetch([&](ByteRange range, const ByteSink& sink,
                              Call& call) -> Result<void> {
      TRY(sink(pattern({range.offset, 2 * block})));
      if (!rest.wait(call.stop)) return fail(EINTR);
      return sink(pattern({range.offset + 2 * block, range.size - 2 * block}));
    });
    std::jthread ahead([&] {
      Call call;
      CHECK(fixture.file->load({0, 10 * block}, fetch, call));
    });
    rest.await_arrivals(1);
    const auto got = fixture.read(0, 2 * block, fetch);
    REQUIRE(got);
    CHECK(*got == pattern({0, 2 * block}));
    CHECK(fetch.count() == 1);
    rest.open();
  }

  TEST_CASE("an interrupted reader leaves at once, the others get theirs") {
    Gate gate;  // outlives the fetches of the fixture
    Fixture fixture;
    const FakeFetch fetch(
        [&](ByteRange range, const ByteSink& sink, Call& call) -> Result<void> {
          if (!gate.wait(call.stop)) return fail(EINTR, "fetch was stopped");
          return FakeFetch::stream(range, sink, call);
        });
    std::stop_source interrupt;
    std::latch gone(1);
    // The reader that begins the fetch is the one that leaves.
    std::jthread first([&] {
      Call call;
      call.stop = interrupt.get_token();
      const auto got = fixture.read(0, 10, fetch, call);
      CHECK(got.error().code == EINTR);
      gone.count_down();
    });
    gate.await_arrivals(1);
    Call ahead;
    std::jthread second([&] {
      const auto got = fixture.read(0, 10, fetch);
      REQUIRE(got);
      CHECK(*got == pattern({0, 10}));
    });
    // The second one stays out of the fetch's sight, so it may come after
    // the first has left; then it starts a fetch of its own.
    interrupt.request_stop();
    gone.wait();
    gate.open();
    second.join();
    CHECK(fetch.count() <= 2);
  }

  TEST_CASE("a fetch that is still wanted outlives the caller that began it") {
    Gate gate;  // outlives the fetches of the fixture
    Fixture fixture;
    const FakeFetch fetch(
        [&](ByteRange range, const ByteSink& sink, Call& call) -> Result<void> {
          TRY(sink(pattern({range.offset, block})));
          if (!gate.wait(call.stop)) return fail(EINTR, "fetch was stopped");
          return sink(pattern({range.offset + block, range.size - block}));
        });
    std::stop_source interrupt;
    std::latch gone(1);
    std::jthread first([&] {
      Call call;
      call.stop = interrupt.get_token();
      CHECK(fixture.file->load({0, 4 * block}, fetch, call).error().code ==
            EINTR);
      gone.count_down();
    });
    gate.await_arrivals(1);
    // Block 0 is there, so this one is known to wait once it has it and the
    // call for the rest has been made: its own fetch of blocks 8.. says so.
    Gate second_waits;
    const FakeFetch other(
        [&](ByteRange range, const ByteSink& sink, Call& call) -> Result<void> {
          second_waits.open();
          return FakeFetch::stream(range, sink, call);
        });
    std::jthread second([&] {
      const auto got = fixture.read(0, 8 * block, other);
      REQUIRE(got);
      CHECK(*got == pattern({0, 8 * block}));
    });
    REQUIRE(second_waits.wait({}));
    interrupt.request_stop();
    gone.wait();
    gate.open();
    second.join();
    CHECK(fetch.count() == 1);
    CHECK(other.requests() == Ranges{{4 * block, 4 * block}});
  }

  TEST_CASE("a fetch that nobody wants any more is asked to stop") {
    Gate never;  // outlives the fetches of the fixture
    std::latch stopped(1);
    Fixture fixture;
    const FakeFetch fetch(
        [&](ByteRange, const ByteSink&, Call& call) -> Result<void> {
          CHECK_FALSE(never.wait(call.stop));
          stopped.count_down();
          return fail(EINTR);
        });
    std::stop_source interrupt;
    std::jthread reader([&] {
      Call call;
      call.stop = interrupt.get_token();
      CHECK(fixture.read(0, 10, fetch, call).error().code == EINTR);
    });
    never.await_arrivals(1);
    interrupt.request_stop();
    stopped.wait();
    reader.join();
    // The next reader begins anew rather than wait for the dying fetch.
    const FakeFetch fresh;
    CHECK(fixture.read(0, 10, fresh));
    CHECK(fresh.count() == 1);
  }

  TEST_CASE("a deadline in the past is ETIMEDOUT") {
    Gate never;  // outlives the fetches of the fixture
    Fixture fixture;
    const FakeFetch fetch(
        [&](ByteRange, const ByteSink&, Call& call) -> Result<void> {
          never.wait(call.stop);
          return fail(EINTR);
        });
    Call call;
    call.deadline = std::chrono::steady_clock::now();
    CHECK(fixture.read(0, 10, fetch, call).error().code == ETIMEDOUT);
  }

  TEST_CASE("a failing fetch fails its readers, and the next one tries anew") {
    for (const Disk kind : all_disks) {
      Fixture fixture(kind);
      CHECK(fixture.read(0, 10, FakeFetch(refuse)).error() ==
            Error{ECONNREFUSED, "no fetch expected"});
      CHECK(fixture.read(0, 10, FakeFetch()));
    }
  }

  TEST_CASE("blocks that came before the failure are kept") {
    Fixture fixture;
    const FakeFetch fetch(
        [](ByteRange range, const ByteSink& sink, Call&) -> Result<void> {
          TRY(sink(pattern({range.offset, 2 * block + 5})));
          return fail(ECONNRESET);
        });
    CHECK(fixture.read(0, 4 * block, fetch).error().code == ECONNRESET);
    CHECK(fixture.file->holds({0, 2 * block}));
    CHECK_FALSE(fixture.file->holds({2 * block, 1}));
  }

  TEST_CASE("too few bytes and too many are errors") {
    for (const std::int64_t difference : {-1, 1}) {
      Fixture fixture;
      const FakeFetch fetch(
          [&](ByteRange range, const ByteSink& sink, Call&) -> Result<void> {
            range.size += static_cast<std::uint64_t>(difference);
            return sink(pattern(range));
          });
      CHECK(fixture.read(0, 10, fetch).error().code == EIO);
      CHECK_FALSE(fixture.file->holds({0, 1}));
    }
  }

  TEST_CASE("an exception in a fetch is an error of its readers") {
    Fixture fixture;
    const FakeFetch fetch(
        [](ByteRange, const ByteSink&, Call&) -> Result<void> {
          throw std::logic_error("broken");
        });
    CHECK(fixture.read(0, 10, fetch).error() == Error{EIO, "broken"});
  }

  TEST_CASE("storing while others fetch the same bytes harms nobody") {
    Fixture fixture;
    const FakeFetch fetch;
    std::latch go(3);
    std::jthread storing([&] {
      go.arrive_and_wait();
      for (int i = 0; i < 20; ++i) fixture.file->store(0, pattern({0, size}));
    });
    std::jthread loading([&] {
      go.arrive_and_wait();
      Call call;
      CHECK(fixture.file->load({0, size}, fetch, call));
    });
    go.arrive_and_wait();
    for (std::uint64_t at = 0; at < size; at += 5000) {
      const auto got = fixture.read(at, 5000, fetch);
      REQUIRE(got);
      REQUIRE(*got == pattern({at, std::min<std::uint64_t>(5000, size - at)}));
    }
  }

  TEST_CASE("many readers of many places get the right bytes") {
    for (const Disk kind : all_disks) {
      Fixture fixture(kind);
      const FakeFetch fetch;
      std::vector<std::jthread> readers;
      for (std::uint64_t reader = 0; reader < 6; ++reader) {
        readers.emplace_back([&, reader] {
          for (std::uint64_t i = 0; i < 40; ++i) {
            const std::uint64_t at = (i * 7919 + reader * 104'729) % size;
            const auto got = fixture.read(at, 40'000, fetch);
            REQUIRE(got);
            REQUIRE(*got ==
                    pattern({at, std::min<std::uint64_t>(40'000, size - at)}));
          }
        });
      }
    }
  }

  TEST_CASE("a prefetch that a reader waits for is told to hurry") {
    Gate gate;  // outlives the fetches of the fixture
    Fixture fixture;
    std::binary_semaphore hurried(0);
    const FakeFetch fetch(
        [&](ByteRange range, const ByteSink& sink, Call& call) -> Result<void> {
          const std::stop_callback told(call.hurry, [&] { hurried.release(); });
          gate.wait(call.stop);
          return FakeFetch::stream(range, sink, call);
        });
    Call ahead;
    ahead.priority = Priority::prefetch;
    const auto first = fixture.file->start_loading({0, block}, fetch, ahead);
    gate.await_arrivals(1);
    const auto second = fixture.file->start_loading({0, block}, fetch, ahead);
    CHECK(!hurried.try_acquire());
    std::jthread reader([&] {
      const auto got = fixture.read(0, block, fetch);
      CHECK((got && *got == pattern({0, block})));
    });
    CHECK(hurried.try_acquire_for(std::chrono::seconds(10)));
    gate.open();
    reader.join();
    CHECK(fetch.requests() == Ranges{{0, block}});
  }

  TEST_CASE("the flight keeps what the caller asked for") {
    Fixture fixture;
    const FakeFetch fetch(
        [](ByteRange range, const ByteSink& sink, Call& call) -> Result<void> {
          CHECK(call.priority == Priority::prefetch);
          CHECK(call.client == 42);
          return FakeFetch::stream(range, sink, call);
        });
    Call call;
    call.priority = Priority::prefetch;
    call.client = 42;
    CHECK(fixture.file->load({0, 1}, fetch, call));
  }
}

}  // namespace

}  // namespace vfsrun
