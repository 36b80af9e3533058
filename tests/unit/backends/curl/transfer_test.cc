// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/transfer.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include "tests/support/engine_rig.hh"
#include "tests/support/stub_http_server.hh"

TEST_SUITE_BEGIN("backends/curl/transfer.cc");

using namespace vfsrun;
using namespace vfsrun::curl;
using vfsrun::test::code;
using vfsrun::test::Collector;
using vfsrun::test::EngineRig;
using vfsrun::test::StubConnection;
using vfsrun::test::StubHttpServer;
using vfsrun::test::StubRequest;

TEST_CASE("head and body arrive, whatever the status") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("418 Teapot", "short and stout", "X-Tea: Green \r\n");
  });
  EngineRig rig;
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

TEST_CASE("interim responses are not the response") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    connection.respond("200 OK", "x");
  });
  EngineRig rig;
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
  EngineRig rig;
  for (const char* path : {"/slow", "/chunked"}) {
    CAPTURE(path);
    Collector sink;
    CHECK(code(rig.get(server.url(path), sink)) == 0);
    CHECK(sink.body_ == "abcde");
    CHECK(sink.heads_ == 1);
  }
}

TEST_CASE("a server that goes silent in mid-body has failed") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    connection.wait_until_client_leaves();
  });
  EngineRig rig;
  Collector sink;
  const Outcome outcome = rig.get(server.url(), sink);
  CHECK(code(outcome) == ETIMEDOUT);
  CHECK(outcome.broke);
  CHECK(sink.body_ == "ab");
}

TEST_CASE("what the sink says is the result") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", std::string(100'000, 'x'));
  });
  EngineRig rig;
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

  EngineRig rig;
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

TEST_CASE("credentials are sent as Basic") {
  StubHttpServer server([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK");
  });
  EngineRig rig;
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

TEST_SUITE_END();
