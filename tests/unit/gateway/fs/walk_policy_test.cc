// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/walk_policy.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string>

namespace vfsrun {
namespace {

constexpr std::size_t count = 1000;
using Indexes = WalkPolicy::Indexes;

/// Opens `order` one after the other; every file has `bytes`. Fails where
/// more than twice of what was used has been fetched.
std::set<std::size_t> run(const Indexes& order, std::uint64_t bytes = 1000,
                          const std::vector<Indexes>& orders = {}) {
  WalkPolicy policy(count, orders);
  std::set<std::size_t> fetched;
  std::set<std::size_t> opened;
  for (const std::size_t index : order) {
    opened.insert(index);
    for (const std::size_t next : policy.on_open(index, bytes)) {
      CHECK(next < count);
      CHECK(fetched.insert(next).second);
      policy.on_fetched(next, bytes);
    }
    std::set<std::size_t> all = fetched;
    all.insert(opened.begin(), opened.end());
    REQUIRE(all.size() <= 2 * opened.size());
  }
  return fetched;
}

Indexes in_order(std::size_t from, std::size_t to) {
  Indexes order(to - from);
  std::iota(order.begin(), order.end(), from);
  return order;
}

TEST_SUITE_BEGIN("gateway/fs/walk_policy");

TEST_CASE("a walk from the start has nearly everything fetched ahead") {
  CHECK(run(in_order(0, 200)).size() >= 199);
}

TEST_CASE("a walk from the middle begins with its second file") {
  const auto fetched = run(in_order(500, 600));
  CHECK(fetched.size() >= 98);
  CHECK(*fetched.begin() == 502);
}

TEST_CASE("directories and what the program leaves out are passed over") {
  Indexes order;
  for (std::size_t i = 0; i < 600; i += 3) order.push_back(i);
  // Every third file is wanted: the bound holds, which run() checks.
  CHECK(run(order).size() > 100);
}

TEST_CASE("eight programs that share a walk are one") {
  Indexes order;
  for (std::size_t i = 0; i < 200; i += 8)
    for (const std::size_t offset : {3, 0, 7, 1, 2, 5, 4, 6})
      order.push_back(i + offset);
  CHECK(run(order).size() > 150);
}

TEST_CASE("a random pattern never has fetched more than twice its use") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    Indexes order = in_order(0, count);
    std::ranges::shuffle(order, random);
    run(order);
    // In a small part the files are near each other by chance.
    Indexes small = in_order(0, 40);
    std::ranges::shuffle(small, random);
    run(small);
  }
}

TEST_CASE("a file that is opened again is no step of a walk") {
  WalkPolicy policy(count);
  for (int i = 0; i < 5; ++i) {
    CHECK(policy.on_open(73, 10).empty());
    CHECK(policy.on_open(500, 10).empty());
  }
}

TEST_CASE("a walk that breaks off again and again fetches less each time") {
  Indexes order;
  for (std::size_t start = 0; start < count; start += 50)
    for (std::size_t i = start; i < start + 4; ++i) order.push_back(i);
  run(order);
}

TEST_CASE("large files after small ones are fetched ahead one at a time") {
  WalkPolicy policy(count);
  CHECK(policy.on_open(0, 100) == Indexes{1});
  policy.on_fetched(1, 65536);
  // File 1 is still unused, and its bytes are more than what was used.
  CHECK(policy.on_open(2, 100).empty());
  CHECK_FALSE(policy.on_open(1, 65536).empty());
}

TEST_CASE("a walk in another order than the listing's is one too") {
  // As 0, 1, 2, ... 10, 11 stand in a listing that is sorted by bytes.
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  std::ranges::sort(names);
  Indexes numeric(count);
  for (std::size_t place = 0; place < count; ++place)
    numeric.at(std::stoul(names.at(place))) = place;
  const Indexes first(numeric.begin(), numeric.begin() + 200);
  const auto wanted = [&](const std::set<std::size_t>& fetched) {
    return std::ranges::count_if(
        first, [&](std::size_t index) { return fetched.contains(index); });
  };
  CHECK(wanted(run(first)) < 150);
  CHECK(wanted(run(first, 1000, {numeric})) >= 190);
  CHECK(run(in_order(0, 200), 1000, {numeric}).size() >= 199);
  // From one to the other in the middle.
  Indexes both = first;
  for (std::size_t i = 500; i < 700; ++i) both.push_back(i);
  run(both, 1000, {numeric});
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    Indexes order = in_order(0, count);
    std::ranges::shuffle(order, random);
    run(order, 1000, {numeric});
  }
}

TEST_CASE("what was opened meanwhile is not wanted any more") {
  WalkPolicy policy(count);
  CHECK(policy.on_open(0, 100) == Indexes{1});
  CHECK(policy.wants(1));
  (void)policy.on_open(1, 100);
  CHECK_FALSE(policy.wants(1));
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
