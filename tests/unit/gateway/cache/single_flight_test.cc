// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/single_flight.hh"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <set>

#include "gateway/cache/single_flight_threads.hh"

namespace vfsrun {

namespace {

FlightPtr make_flight(BlockRange blocks) {
  return std::make_shared<Flight>(
      blocks, blocks.end * cache_block_size,
      [](Flight& flight, BlockRange run, auto) { flight.next = run.end; });
}

bool nothing_at_hand(std::uint64_t) { return false; }

TEST_SUITE("gateway/cache/single_flight") {
  TEST_CASE("a flight brings the blocks that it has not passed yet") {
    const FlightPtr flight = make_flight({2, 6});
    flight->next = 4;
    CHECK_FALSE(flight->will_bring(3));
    CHECK(flight->will_bring(4));
    CHECK_FALSE(flight->will_bring(6));
    flight->abandoned = true;
    CHECK_FALSE(flight->will_bring(4));
  }

  TEST_CASE("what somebody waits for is put with its last byte") {
    const FlightPtr flight = make_flight({0, 8});
    const std::vector<std::byte> bytes(2 * cache_block_size + 5);
    REQUIRE(flight->take(bytes));
    CHECK(flight->next == 0);
    // It has come in already: whoever waits has it put.
    CHECK(flight->await(2));
    flight->flush();
    CHECK(flight->next == 2);
    // It has not: then it is put as it comes.
    CHECK_FALSE(flight->await(4));
    REQUIRE(flight->take(bytes));
    CHECK(flight->next == 4);
  }

  TEST_CASE("a flight is stopped when the last of its waiters leaves") {
    std::mutex mutex;
    const FlightPtr flight = make_flight({0, 1});
    std::unique_lock first_lock(mutex);
    {
      WantedFlights first(first_lock);
      first.add(flight);
      first.add(flight);
      {
        WantedFlights second(first_lock);
        second.add(flight);
      }
      CHECK_FALSE(flight->abandoned);
      CHECK(first_lock.owns_lock());
    }
    CHECK(flight->abandoned);
    CHECK(flight->stop.stop_requested());
    CHECK_FALSE(first_lock.owns_lock());
  }

  TEST_CASE("a flight that is done is not stopped") {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    const FlightPtr flight = make_flight({0, 1});
    {
      WantedFlights wanted(lock);
      wanted.add(flight);
      flight->done = true;
      CHECK(wanted.all_done());
    }
    CHECK_FALSE(flight->stop.stop_requested());
    CHECK(lock.owns_lock());
  }

  TEST_CASE("an error counts for the blocks that did not come") {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    WantedFlights wanted(lock);
    const FlightPtr flight = make_flight({0, 8});
    wanted.add(flight);
    flight->next = 4;
    flight->done = true;
    flight->error = Error{EIO, "broke"};
    CHECK(wanted.error_within({0, 4}, nothing_at_hand) == nullptr);
    REQUIRE(wanted.error_within({3, 5}, nothing_at_hand) != nullptr);
    CHECK(wanted.error_within({3, 5}, nothing_at_hand)->detail == "broke");
    CHECK(wanted.error_within({8, 9}, nothing_at_hand) == nullptr);
    CHECK(wanted.error_within({3, 5}, [](std::uint64_t block) {
      return block == 4;
    }) == nullptr);
  }

  TEST_CASE("blocking tasks do not hold each other up") {
    FlightThreads threads;
    constexpr int count = 50;
    std::latch all_run(count);
    for (int i = 0; i < count; ++i)
      REQUIRE(threads.run([&] { all_run.arrive_and_wait(); }));
    all_run.wait();
  }

  TEST_CASE("the end waits for every task, queued ones too") {
    std::atomic<int> done{0};
    {
      FlightThreads threads;
      for (int i = 0; i < 300; ++i) REQUIRE(threads.run([&] { ++done; }));
    }
    CHECK(done == 300);
  }

  TEST_CASE("threads are used again") {
    FlightThreads threads;
    std::mutex mutex;
    std::set<std::thread::id> seen;
    for (int i = 0; i < 200; ++i) {
      std::latch ran(1);
      REQUIRE(threads.run([&] {
        {
          const std::lock_guard lock(mutex);
          seen.insert(std::this_thread::get_id());
        }
        ran.count_down();
      }));
      ran.wait();
    }
    CHECK(seen.size() < 100);
  }
}

}  // namespace

}  // namespace vfsrun
