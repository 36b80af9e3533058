// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_slots.hh"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using vfsrun::tracer::CallSlots;

TEST_SUITE("tracer/call_slots") {
  TEST_CASE("each slot is lent to one call at a time") {
    CallSlots slots;
    std::vector<CallSlots::Lease> leases;
    std::set<std::size_t> numbers;
    while (auto lease = slots.take()) {
      numbers.insert(lease->number());
      leases.push_back(*std::move(lease));
    }
    CHECK(leases.size() == CallSlots::count);
    CHECK(numbers.size() == CallSlots::count);
    CHECK(*numbers.rbegin() == CallSlots::count - 1);

    leases.pop_back();
    CHECK(slots.take().has_value());
  }

  TEST_CASE("the slot used last is used next") {
    CallSlots slots;
    const std::size_t first = slots.take()->number();
    CHECK(slots.take()->number() == first);
  }

  TEST_CASE("a lease that is moved gives its slot back once") {
    CallSlots slots;
    auto lease = *slots.take();
    const std::size_t number = lease.number();
    { const CallSlots::Lease moved = std::move(lease); }
    const auto again = slots.take();
    CHECK(again->number() == number);
    CHECK(slots.take()->number() != number);
  }
}
