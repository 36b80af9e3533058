// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/engine.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstdlib>
#include <functional>
#include <latch>
#include <new>
#include <thread>

#include "tests/support/engine_rig.hh"
#include "tests/support/stub_http_server.hh"

TEST_SUITE_BEGIN("backends/curl/engine.cc");

using namespace vfsrun;
using namespace vfsrun::curl;
using vfsrun::test::code;
using vfsrun::test::Collector;
using vfsrun::test::EngineRig;
using vfsrun::test::StubConnection;
using vfsrun::test::StubHttpServer;
using vfsrun::test::StubRequest;

TEST_CASE("requests one after the other share a connection") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "x");
  });
  EngineRig rig;
  for (int i = 0; i < 5; ++i) {
    Collector sink;
    CHECK(code(rig.get(server.url(), sink)) == 0);
  }
  CHECK(server.requests().size() == 5);
  CHECK(server.connections() == 1);
}

TEST_CASE("where only public addresses are wanted, no private one is asked") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "x");
  });
  EngineRig rig;
  Request request;
  request.url = server.url();
  for (const bool public_only : {true, false, true}) {
    request.public_only = public_only;  // over the same connection at last
    Collector sink;
    Call call;
    const Outcome outcome = rig.engine->perform(request, sink, call);
    CHECK(code(outcome) == (public_only ? EACCES : 0));
    CHECK(outcome.private_peer);
    CHECK(sink.heads_ == (public_only ? 0 : 1));
  }
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a stop ends a call on a silent server with EINTR") {
  std::latch asked(1);
  StubHttpServer server([&](const StubRequest&, StubConnection& connection) {
    asked.count_down();
    connection.wait_until_client_leaves();
  });
  EngineRig rig;
  std::stop_source stop;
  Call call;
  call.stop = stop.get_token();
  std::jthread stopper([&] {
    asked.wait();
    stop.request_stop();
  });
  Collector sink;
  CHECK(code(rig.get(server.url(), sink, call)) == EINTR);
  CHECK(sink.heads_ == 0);
  Collector again;
  CHECK(code(rig.get(server.url(), again, call)) == EINTR);
  CHECK(rig.counters.value(Counter::requests) == 1);
}

TEST_CASE("a deadline ends a call on a silent server with ETIMEDOUT") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.wait_until_client_leaves();
  });
  EngineRig rig;
  Call call;
  call.deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  Collector sink;
  const Outcome outcome = rig.get(server.url(), sink, call);
  CHECK(code(outcome) == ETIMEDOUT);
  CHECK(outcome.error->detail.find(server.authority()) != std::string::npos);
}

TEST_CASE("one silent server does not delay another") {
  std::latch asked(1);
  StubHttpServer silent([&](const StubRequest&, StubConnection& connection) {
    asked.count_down();
    connection.wait_until_client_leaves();
  });
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "x");
  });
  EngineRig rig;
  std::stop_source stop;
  std::jthread stuck([&] {
    Call call;
    call.stop = stop.get_token();
    Collector sink;
    (void)rig.get(silent.url(), sink, call);
  });
  asked.wait();
  Collector sink;
  CHECK(code(rig.get(server.url(), sink)) == 0);
  stop.request_stop();
}

TEST_CASE("no host gets more connections than its limit") {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::barrier pairs(2);
  StubHttpServer server([&](const StubRequest&, StubConnection& connection) {
    most = std::max(most.load(), ++running);
    // Nobody is answered before a second one is there as well.
    pairs.arrive_and_wait();
    --running;
    connection.respond("200 OK", "x");
  });
  EngineOptions options = test::HttpRig::engine_options();
  options.connections_per_host = 2;
  EngineRig rig(options);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        Collector sink;
        Call call;
        call.priority = Priority::metadata;
        if (code(rig.get(server.url(), sink, call)) == 0) ++good;
      });
    }
  }
  CHECK(good == 8);
  CHECK(most <= 2);
  CHECK(server.connections() <= 2);
}

TEST_CASE("a queued prefetch that is told to hurry goes before the others") {
  std::latch first_asked(1);
  std::latch go_on(1);
  std::latch asking(4);
  StubHttpServer server(
      [&](const StubRequest& request, StubConnection& connection) {
        if (request.target == "/first") {
          first_asked.count_down();
          go_on.wait();
        }
        connection.respond("200 OK", "x");
      });
  EngineOptions options = test::HttpRig::engine_options();
  options.connections_per_host = 1;
  EngineRig rig(options);
  std::stop_source hurry;
  {
    std::vector<std::jthread> callers;
    const auto ask = [&](const std::string& path, std::stop_token token) {
      callers.emplace_back([&, path, token] {
        Collector sink;
        Call call;
        call.priority = Priority::prefetch;
        call.hurry = token;
        if (path != "/first") asking.count_down();
        CHECK(code(rig.get(server.url(path), sink, call)) == 0);
      });
    };
    ask("/first", {});
    first_asked.wait();
    for (const char* path : {"/a", "/b", "/c"}) ask(path, {});
    // Told at any moment before its turn, here before it is queued or after.
    ask("/wanted", hurry.get_token());
    hurry.request_stop();
    // They are in perform() in a moment, which cannot be seen from here.
    asking.wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    go_on.count_down();
  }
  const auto requests = server.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests.at(1).target == "/wanted");
}

TEST_CASE("many threads, stops and sinks at once end well") {
  StubHttpServer server(
      [](const StubRequest& request, StubConnection& connection) {
        if (request.target.ends_with('7'))
          return connection.wait_until_client_leaves();
        connection.respond("200 OK", request.target);
      });
  EngineRig rig;
  std::atomic<int> good = 0;
  std::atomic<int> stopped = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i) {
      callers.emplace_back([&, i] {
        for (int j = 0; j < 10; ++j) {
          const std::string path = "/" + std::to_string(i * 10 + j);
          Call call;
          if (j == 7)
            call.deadline = std::chrono::steady_clock::now() +
                            std::chrono::milliseconds(20);
          Collector sink;
          const Outcome outcome = rig.get(server.url(path), sink, call);
          if (!outcome.error && sink.body_ == path) ++good;
          if (code(outcome) == ETIMEDOUT) ++stopped;
        }
      });
    }
  }
  CHECK(good == 16 * 9);
  CHECK(stopped == 16);
}

TEST_CASE("the engine's end is the end of its calls") {
  std::latch asked(1);
  StubHttpServer server([&](const StubRequest&, StubConnection& connection) {
    asked.count_down();
    connection.wait_until_client_leaves();
  });
  EngineRig rig;
  Outcome outcome;
  {
    Engine& engine = *rig.engine;
    std::jthread caller([&] {
      Collector sink;
      Request request;
      request.url = server.url();
      Call call;
      outcome = engine.perform(request, sink, call);
    });
    asked.wait();
    rig.engine.reset();
  }
  CHECK(code(outcome) == EIO);
}

TEST_CASE("the proxy of the environment is used, and no_proxy is respected") {
  StubHttpServer proxy([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "by proxy");
  });
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "direct");
  });
  // Before the engine's thread is there to read the environment.
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  ::setenv("no_proxy", "127.0.0.1", 1);
  {
    EngineRig rig(EngineOptions{});
    Collector far;
    CHECK(code(rig.get("http://far.invalid/x", far)) == 0);
    CHECK(far.body_ == "by proxy");
    CHECK(proxy.requests().at(0).target == "http://far.invalid/x");
    Collector near;
    CHECK(code(rig.get(server.url(), near)) == 0);
    CHECK(near.body_ == "direct");
  }
  ::unsetenv("http_proxy");
  ::unsetenv("no_proxy");
}

TEST_SUITE_END();
