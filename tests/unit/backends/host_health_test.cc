// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/host_health.hh"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.hh"

TEST_SUITE_BEGIN("backends/host_health.cc");

using namespace vfsrun;
using namespace std::chrono_literals;

namespace {
const Error dead{ETIMEDOUT, "http://h:80: no route"};
}

TEST_CASE("a host that cannot be reached is not waited for again at once") {
  test::FakeClock clock;
  HostHealth health(clock);
  const auto first = health.ask("h");
  REQUIRE(first);
  health.silent(*first, dead, false);
  const auto second = health.ask("h");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ETIMEDOUT);
  CHECK(second.error().detail.find("no route") != std::string::npos);
  CHECK(health.ask("other"));
}

TEST_CASE("after a rest one request is the probe, and the rests grow") {
  test::FakeClock clock;
  HostHealth health(clock);
  std::chrono::seconds rest = HostHealth::first_rest;
  health.silent(*health.ask("h"), dead, false);
  for (int i = 0; i < 8; ++i) {
    CAPTURE(i);
    clock.advance(rest - 1ms);
    CHECK_FALSE(health.ask("h"));
    clock.advance(1ms);
    const auto probe = health.ask("h");
    REQUIRE(probe);
    CHECK_FALSE(health.ask("h"));
    health.silent(*probe, dead, false);
    rest = std::min(rest * 2, HostHealth::longest_rest);
  }
  clock.advance(HostHealth::longest_rest);
  const auto given_up = health.ask("h");
  health.given_up(*given_up);
  CHECK(health.ask("h"));
  health.answered("h");
  CHECK(health.ask("h"));
  CHECK(health.ask("h"));
}

TEST_CASE("one page that hangs is not the host") {
  test::FakeClock clock;
  HostHealth health(clock);
  const auto slow = health.ask("h");
  clock.advance(10s);
  health.answered("h");
  clock.advance(20s);
  health.silent(*slow, dead, true);
  CHECK(health.ask("h"));
  health.silent(*health.ask("h"), dead, true);
  CHECK(health.ask("h"));
  health.silent(*health.ask("h"), dead, true);
  CHECK_FALSE(health.ask("h"));
}

TEST_SUITE_END();
