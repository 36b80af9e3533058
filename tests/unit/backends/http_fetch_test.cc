// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_fetch.hh"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <stop_token>

#include "tests/support/http_rig.hh"
#include "tests/support/stub_http_server.hh"

TEST_SUITE_BEGIN("backends/http_fetch.cc");

using namespace vfsrun;
using vfsrun::test::code_of;
using vfsrun::test::HttpRig;
using vfsrun::test::StubConnection;
using vfsrun::test::StubHttpServer;
using vfsrun::test::StubRequest;

namespace {

void redirect(StubConnection& connection, const std::string& to,
              const std::string& status = "302 Found") {
  connection.respond(status, "gone", "Location: " + to + "\r\n");
}

HttpOptions with_header() {
  HttpOptions options;
  options.headers = {{"X-Token", "secret"}, {"Cookie", "id=1"}};
  return options;
}

}  // namespace

TEST_CASE("redirects of every kind are followed to the file") {
  for (const char* status :
       {"301 A", "302 B", "303 C", "307 D", "308 Permanent"}) {
    CAPTURE(status);
    HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
      if (request.target == "/f") return redirect(connection, "g?x=1", status);
      CHECK(request.target == "/g?x=1");
      connection.serve_file(request, "hello", "\"final\"");
    });
    const auto probe = rig.stat("/f");
    REQUIRE(probe);
    CHECK(probe->attr.version.tag == "\"final\" size=5");
    CHECK(rig.read("/f", {1, 3}, probe->attr.version) == "ell");
    // The read goes where the stat was led to.
    CHECK(rig.count(Counter::requests) == 3);
    CHECK(rig.server().connections() == 1);
  }
}

TEST_CASE("ten redirects are followed, and no more") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    const int left = std::stoi(request.target.substr(1));
    if (left == 0) return connection.respond("200 OK", "x");
    redirect(connection, "/" + std::to_string(left - 1));
  });
  CHECK(rig.stat("/10"));
  CHECK(rig.count(Counter::requests) == 11);
  CHECK(code_of(rig.stat("/11")) == ELOOP);
  CHECK(rig.count(Counter::requests) == 22);
}

TEST_CASE("what the user configured goes to the user's origin only") {
  StubHttpServer other([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "x");
  });
  HttpRig rig(
      [&](const StubRequest& request, StubConnection& connection) {
        if (request.target == "/far") return redirect(connection, other.url());
        if (request.target == "/near") return redirect(connection, "/file");
        connection.respond("200 OK", "x", "Set-Cookie: spy=1\r\n");
      },
      with_header());
  REQUIRE(rig.stat("/near"));
  REQUIRE(rig.stat("/far"));
  for (const StubRequest& request : rig.server().requests()) {
    CHECK(request.header("x-token") == "secret");
    CHECK(request.header("cookie") == "id=1");
  }
  REQUIRE(other.requests().size() == 1);
  CHECK(other.requests().at(0).header("x-token").empty());
  CHECK(other.requests().at(0).header("cookie").empty());
}

TEST_CASE("user and password of the mount stay at its origin") {
  StubHttpServer other([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", "x");
  });
  StubHttpServer own(
      [&](const StubRequest& request, StubConnection& connection) {
        if (request.target == "/far") return redirect(connection, other.url());
        if (request.target == "/near") return redirect(connection, "/file");
        connection.respond("200 OK", "x");
      });
  HttpRig rig([](const StubRequest&, StubConnection&) {}, {},
              "http://user:pass@" + own.authority() + "/");
  REQUIRE(rig.stat("/near"));
  REQUIRE(rig.stat("/far"));
  for (const StubRequest& request : own.requests())
    CHECK(request.header("authorization") == "Basic dXNlcjpwYXNz");
  REQUIRE(other.requests().size() == 1);
  CHECK(other.requests().at(0).header("authorization").empty());
}

TEST_CASE("a redirect out of http is refused and not followed") {
  for (const char* to : {"file:///etc/passwd", "sftp://127.0.0.1/x",
                         "ftp://127.0.0.1/x", "gopher://127.0.0.1/"}) {
    CAPTURE(to);
    HttpRig rig([&](const StubRequest&, StubConnection& connection) {
      redirect(connection, to);
    });
    const auto probe = rig.stat("/f");
    REQUIRE_FALSE(probe);
    CHECK(probe.error().code == EACCES);
    CHECK(probe.error().detail.find("refused") != std::string::npos);
    CHECK(rig.count(Counter::requests) == 1);
  }
}

TEST_CASE("a redirect without a place to go is an error") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.respond("302 Found", "x");
  });
  CHECK(code_of(rig.stat("/f")) == EIO);
}

TEST_CASE("the page of a redirect may be long, or break off") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    if (request.target == "/long") {
      connection.send(
          "HTTP/1.1 302 F\r\nLocation: /f\r\nContent-Length: 9999999\r\n\r\n");
      return connection.wait_until_client_leaves();
    }
    if (request.target == "/cut") {
      connection.send(
          "HTTP/1.1 302 F\r\nLocation: /f\r\nContent-Length: 99\r\n\r\nab");
      return connection.close();
    }
    connection.respond("200 OK", "x");
  });
  CHECK(rig.stat("/long"));
  CHECK(rig.stat("/cut"));
  CHECK(rig.count(Counter::requests) == 4);
}

TEST_CASE("a connection that breaks before the answer is tried again") {
  std::atomic<int> tries = 0;
  HttpRig rig([&](const StubRequest&, StubConnection& connection) {
    switch (tries++) {
      case 0:
        return connection.reset();
      case 1:
        return connection.close();
      default:
        connection.respond("200 OK", "x");
    }
  });
  CHECK(rig.stat("/f"));
  CHECK(rig.count(Counter::requests) == 3);
}

TEST_CASE("three tries without a byte are enough") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.close();
  });
  CHECK(code_of(rig.stat("/f")) == ECONNRESET);
  CHECK(rig.count(Counter::requests) == 3);
}

TEST_CASE("a refused connection is told at once") {
  HttpRig rig([](const StubRequest&, StubConnection&) {}, {},
              "http://" + test::unused_authority() + "/");
  const auto probe = rig.stat("/f");
  REQUIRE_FALSE(probe);
  CHECK(probe.error().code == ECONNREFUSED);
  CHECK(probe.error().detail.find("refused") != std::string::npos);
  CHECK(rig.count(Counter::requests) == 1);
}

TEST_CASE("a server that asks for a pause gets it, and a stop ends the pause") {
  const auto stop = std::make_shared<std::stop_source>();
  HttpRig rig([stop](const StubRequest&, StubConnection& connection) {
    connection.respond("503 Busy", {}, "Retry-After: 5\r\n");
    stop->request_stop();
  });
  Call call;
  call.stop = stop->get_token();
  CHECK(code_of(rig.backend().stat(VPath::parse("/f").value(), nullptr,
                                   call)) == EINTR);
  CHECK(rig.count(Counter::requests) == 1);
}

TEST_CASE("no pause goes beyond the deadline") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.respond("503 Busy", {}, "Retry-After: 5\r\n");
  });
  Call call;
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  CHECK(code_of(rig.backend().stat(VPath::parse("/f").value(), nullptr,
                                   call)) == EBUSY);
  CHECK(rig.count(Counter::requests) == 1);
}

TEST_SUITE_END();
