// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/shared_counters.hh"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace vfsrun {

namespace {

TEST_SUITE("gateway/base/shared_counters") {
  TEST_CASE("counts of several threads add up, each counter by itself") {
    SharedCounters counters = SharedCounters::create().value();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
          for (int n = 0; n < 1000; ++n) counters.add(Counter::requests);
        });
    }
    counters.add(Counter::bytes_from_network, 1ULL << 40);
    CHECK(counters.value(Counter::requests) == 4000);
    CHECK(counters.value(Counter::bytes_from_network) == 1ULL << 40);
    CHECK(counters.value(Counter::names_dropped) == 0);
  }

  TEST_CASE("what another process counted is seen after its death") {
    const SharedCounters counters = SharedCounters::create().value();
    const pid_t child = ::fork();
    if (child == 0) {
      auto own = SharedCounters::attach(Fd(::dup(counters.fd())));
      if (own) own->add(Counter::requests, 42);
      ::_exit(0);
    }
    int status = -1;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    CHECK(status == 0);
    CHECK(counters.value(Counter::requests) == 42);
  }

  TEST_CASE("a descriptor that is too short is refused") {
    CHECK_FALSE(SharedCounters::attach(make_memfd("x", 0).value()));
  }
}

}  // namespace

}  // namespace vfsrun
