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

#include "tests/support/http_rig.hh"
#include "tests/support/stub_http_server.hh"

TEST_SUITE_BEGIN("backends/curl/engine.cc");

using namespace vfsrun;
using namespace vfsrun::curl;
using vfsrun::test::StubConnection;
using vfsrun::test::StubHttpServer;
using vfsrun::test::StubRequest;

namespace {

class Collector : public ResponseSink {
 public:
  Result<Flow> on_head(const ResponseHead& head) override {
    head_ = head;
    ++heads_;
    return Flow::more;
  }

  Result<Flow> on_body(std::span<const std::byte> bytes) override {
    body_ += test::as_text(bytes);
    if (then_) return then_();
    return Flow::more;
  }

  ResponseHead head_;
  int heads_ = 0;
  std::string body_;
  std::function<Result<Flow>()> then_;
};

struct Rig {
  SharedCounters counters = SharedCounters::create().value();
  std::unique_ptr<Engine> engine;

  explicit Rig(EngineOptions options = test::HttpRig::engine_options())
      : engine(Engine::create(counters, options).value()) {}

  Outcome get(const std::string& url, ResponseSink& sink, Call call = {}) {
    Request request;
    request.url = url;
    request.stall_timeout = std::chrono::seconds(1);
    return engine->perform(request, sink, call);
  }
};

int code(const Outcome& outcome) {
  return outcome.error ? outcome.error->code : 0;
}

}  // namespace

TEST_CASE("head and body arrive, whatever the status") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("418 Teapot", "short and stout", "X-Tea: Green \r\n");
  });
  Rig rig;
  Collector sink;
  const Outcome outcome = rig.get(server.url("/pot"), sink);
  CHECK(code(outcome) == 0);
  CHECK(outcome.head.status == 418);
  CHECK(sink.heads_ == 1);
  REQUIRE(sink.head_.find("x-tea") != nullptr);
  CHECK(*sink.head_.find("x-tea") == "Green");
  CHECK(sink.head_.content_length() == 15);
  CHECK(sink.body_ == "short and stout");
  CHECK(rig.counters.value(Counter::requests) == 1);
  CHECK(rig.counters.value(Counter::bytes_from_network) == 15);
  CHECK(server.requests().at(0).header("accept-encoding") == "identity");
}

TEST_CASE("requests one after the other share a connection") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "x");
  });
  Rig rig;
  for (int i = 0; i < 5; ++i) {
    Collector sink;
    CHECK(code(rig.get(server.url(), sink)) == 0);
  }
  CHECK(server.requests().size() == 5);
  CHECK(server.connections() == 1);
}

TEST_CASE("interim responses are not the response") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    connection.respond("200 OK", "x");
  });
  Rig rig;
  Collector sink;
  CHECK(code(rig.get(server.url(), sink)) == 0);
  CHECK(sink.heads_ == 1);
  CHECK(sink.head_.status == 200);
  CHECK(sink.head_.find("link") == nullptr);
}

TEST_CASE("a body comes byte by byte, and in chunks with trailers") {
  StubHttpServer server(
      [](const StubRequest& request, StubConnection& connection) {
        if (request.target == "/slow") {
          connection.send_slowly(
              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
        } else {
          connection.send(
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n");
        }
      });
  Rig rig;
  for (const char* path : {"/slow", "/chunked"}) {
    CAPTURE(path);
    Collector sink;
    CHECK(code(rig.get(server.url(path), sink)) == 0);
    CHECK(sink.body_ == "abcde");
    CHECK(sink.heads_ == 1);
  }
}

TEST_CASE("a stop ends a call on a silent server with EINTR") {
  std::latch asked(1);
  StubHttpServer server([&](const StubRequest&, StubConnection& connection) {
    asked.count_down();
    connection.wait_until_client_leaves();
  });
  Rig rig;
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
  Rig rig;
  Call call;
  call.deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  Collector sink;
  const Outcome outcome = rig.get(server.url(), sink, call);
  CHECK(code(outcome) == ETIMEDOUT);
  CHECK(outcome.error->detail.find(server.authority()) != std::string::npos);
}

TEST_CASE("a server that goes silent in mid-body has failed") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    connection.wait_until_client_leaves();
  });
  Rig rig;
  Collector sink;
  const Outcome outcome = rig.get(server.url(), sink);
  CHECK(code(outcome) == ETIMEDOUT);
  CHECK(outcome.broke);
  CHECK(sink.body_ == "ab");
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
  Rig rig;
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

TEST_CASE("what the sink says is the result") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", std::string(100'000, 'x'));
  });
  Rig rig;
  Collector full;
  full.then_ = [] { return Result<Flow>(fail(ENOSPC, "full")); };
  const Outcome outcome = rig.get(server.url(), full);
  CHECK(outcome.error == Error{ENOSPC, "full"});
  CHECK_FALSE(outcome.broke);

  Collector enough;
  enough.then_ = [] { return Result<Flow>(Flow::enough); };
  CHECK(code(rig.get(server.url(), enough)) == 0);
  CHECK(enough.body_.size() < 100'000 + 1);

  Collector throwing;
  throwing.then_ = []() -> Result<Flow> { throw std::bad_alloc(); };
  CHECK(code(rig.get(server.url(), throwing)) == ENOMEM);
  Collector good;
  CHECK(code(rig.get(server.url(), good)) == 0);
}

TEST_CASE("a server that cannot be reached or makes no sense is an error") {
  StubHttpServer server(
      [](const StubRequest& request, StubConnection& connection) {
        if (request.target == "/reset") {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
          connection.reset();
        } else if (request.target == "/short") {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
          connection.close();
        } else if (request.target == "/nothing") {
          connection.close();
        } else if (request.target == "/noise") {
          connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
          connection.close();
        } else if (request.target == "/long-head") {
          connection.send("HTTP/1.1 200 OK\r\n");
          for (int i = 0; i < 200; ++i)
            connection.send("X: " + std::string(1024, 'x') + "\r\n");
        } else {
          connection.send("HTTP/1.1 200 OK\r\n");
          for (int i = 0; i < 1000; ++i) connection.send("X: y\r\n");
        }
        connection.close();
      });

  struct Row {
    std::string url;
    std::vector<int> codes;
    bool broke;
  };

  Rig rig;
  for (const Row& row : std::to_array<Row>(
           {{server.url("/reset"), {ECONNRESET, EIO}, true},
            {server.url("/short"), {EIO}, true},
            {server.url("/nothing"), {ECONNRESET}, true},
            {server.url("/noise"), {EPROTO}, false},
            {server.url("/long-head"), {EIO}, false},
            {server.url("/many-fields"), {EIO}, false},
            {"http://" + test::unused_authority(), {ECONNREFUSED}, false},
            {"ftp://127.0.0.1/", {EINVAL}, false}})) {
    CAPTURE(row.url);
    Collector sink;
    const Outcome outcome = rig.get(row.url, sink);
    CAPTURE(code(outcome));
    CHECK(std::ranges::count(row.codes, code(outcome)) == 1);
    CHECK(outcome.broke == row.broke);
    REQUIRE(outcome.error);
    CHECK_FALSE(outcome.error->detail.empty());
  }
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
  Rig rig(options);
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

TEST_CASE("many threads, stops and sinks at once end well") {
  StubHttpServer server(
      [](const StubRequest& request, StubConnection& connection) {
        if (request.target.ends_with('7'))
          return connection.wait_until_client_leaves();
        connection.respond("200 OK", request.target);
      });
  Rig rig;
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
  Rig rig;
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

TEST_CASE("credentials are sent as Basic") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK");
  });
  Rig rig;
  Request request;
  request.url = server.url();
  request.username = "Aladdin";
  request.password = "open sesame";
  Call call;
  Collector sink;
  CHECK(code(rig.engine->perform(request, sink, call)) == 0);
  CHECK(server.requests().at(0).header("authorization") ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
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
    Rig rig(EngineOptions{});
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
