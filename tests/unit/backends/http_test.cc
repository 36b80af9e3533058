// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http.hh"

#include <doctest/doctest.h>

#include <array>
#include <latch>
#include <thread>

#include "tests/support/http_rig.hh"
#include "tests/support/stub_http_server.hh"

TEST_SUITE_BEGIN("backends/http.cc");

using namespace vfsrun;
using vfsrun::test::code_of;
using vfsrun::test::HttpRig;
using vfsrun::test::numbered_bytes;
using vfsrun::test::StubConnection;
using vfsrun::test::StubHttpServer;
using vfsrun::test::StubRequest;

namespace {

/// A server with one file of these bytes, whatever is asked for.
StubHttpServer::Script one_file(std::string body) {
  return [body = std::move(body)](const StubRequest& request,
                                  StubConnection& connection) {
    connection.serve_file(request, body, "\"v1\"");
  };
}

/// A server that answers with these bytes, whatever is asked for.
StubHttpServer::Script says(std::string response) {
  return [response = std::move(response)](const StubRequest&,
                                          StubConnection& connection) {
    connection.send(response);
    connection.close();
  };
}

std::string page(const std::string& title) {
  return "<html><title>" + title +
         "</title><a href=\"../\">up</a><a href=\"f\">f</a></html>";
}

}  // namespace

TEST_CASE("a small file is known and read by one request") {
  HttpRig rig(one_file("hello"));
  const auto probe = rig.stat("/f");
  REQUIRE(probe);
  CHECK(probe->attr.kind == Kind::file);
  CHECK(probe->attr.size == 5);
  CHECK(probe->attr.modified == 784111777);
  CHECK(probe->attr.mode == 0555);
  CHECK(probe->attr.version.tag == "\"v1\" size=5");
  CHECK(probe->attr.ranges);
  CHECK(test::as_text(probe->head) == "hello");
  CHECK(rig.count(Counter::requests) == 1);
  CHECK(rig.server().requests().at(0).header("range") == "bytes=0-65535");
}

TEST_CASE("of a large file the first block comes along") {
  const std::string body = numbered_bytes(200'000);
  HttpRig rig(one_file(body));
  const auto probe = rig.stat("/f");
  REQUIRE(probe);
  CHECK(probe->attr.size == 200'000);
  CHECK(test::as_text(probe->head) == body.substr(0, 65536));
  CHECK(rig.count(Counter::bytes_from_network) == 65536);
}

TEST_CASE("a known file that has not changed costs a 304") {
  HttpRig rig(one_file("hello"));
  const auto first = rig.stat("/f");
  REQUIRE(first);
  const auto second = rig.stat("/f", &first->attr);
  REQUIRE(second);
  CHECK(second->attr == first->attr);
  CHECK(second->head.empty());
  CHECK(rig.server().requests().at(1).header("if-none-match") == "\"v1\"");
  Attr old = first->attr;
  old.version.tag = "\"v0\" size=5";
  const auto third = rig.stat("/f", &old);
  REQUIRE(third);
  CHECK(third->attr.version == first->attr.version);
  CHECK(test::as_text(third->head) == "hello");
}

TEST_CASE("without an ETag the date is the condition") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    const std::string date = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    if (request.header("if-modified-since").empty()) {
      connection.respond("200 OK", "hello", date);
    } else {
      connection.send("HTTP/1.1 304 Not Modified\r\n\r\n");
    }
  });
  const auto first = rig.stat("/f");
  REQUIRE(first);
  CHECK(first->attr.version.tag == "mtime=784111777 size=5");
  CHECK_FALSE(first->attr.ranges);
  CHECK(rig.stat("/f", &first->attr)->attr == first->attr);
  CHECK(rig.server().requests().at(1).header("if-modified-since") ==
        "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("a redirect to the same name with a slash is a directory") {
  struct Row {
    const char* path;
    const char* location;
    bool directory;
  };

  for (const auto& [path, location, directory] :
       std::to_array<Row>({{"/d", "/d/", true},
                           {"/d", "http://127.0.0.1:1/d/", true},
                           {"/d", "https://elsewhere.invalid/d/", true},
                           {"/a b", "/a%20b/", true},
                           {"/d?x=1", "/d/?x=1", true},
                           {"/d", "file:///d/", false},
                           {"/d", "ftp://h/d/", false}})) {
    CAPTURE(location);
    HttpRig rig(says(std::string("HTTP/1.1 301 Moved\r\nLocation: ") +
                     location + "\r\nContent-Length: 0\r\n\r\n"));
    const auto probe = rig.stat(path);
    CHECK(rig.count(Counter::requests) == 1);
    CHECK(probe.has_value() == directory);
    if (probe) CHECK(probe->attr.kind == Kind::directory);
  }
}

TEST_CASE("a host is a directory without a question, unless it is no host") {
  HttpRig rig(one_file("x"), {}, "http://{host}/");
  CHECK(rig.stat("/")->attr.kind == Kind::directory);
  CHECK(rig.stat("/h")->attr.kind == Kind::directory);
  CHECK(code_of(rig.stat("/.git")) == ENOENT);
  CHECK(code_of(rig.stat("/-x/f")) == ENOENT);
  CHECK(code_of(rig.list("/u@h")) == ENOENT);
  CHECK(rig.count(Counter::requests) == 0);
}

TEST_CASE("the hosts that have answered are listed") {
  HttpRig rig(one_file("x"), {}, "http://{host}/");
  CHECK(rig.list("/")->empty());
  CHECK(code_of(rig.stat("/" + test::unused_authority() + "/f")) ==
        ECONNREFUSED);
  CHECK(rig.list("/")->empty());
  CHECK(rig.stat("/" + rig.server().authority() + "/f"));
  CHECK(rig.stat("/localhost:" + std::to_string(rig.server().port()) + "/f"));
  const auto hosts = rig.list("/");
  REQUIRE(hosts);
  REQUIRE(hosts->size() == 2);
  CHECK(hosts->at(0).name == rig.server().authority());
  CHECK(hosts->at(0).kind == Kind::directory);
}

TEST_CASE("an empty file is one, however it is answered") {
  for (const char* response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 416 Nope\r\nContent-Range: bytes */0\r\n"
        "Content-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n"}) {
    CAPTURE(response);
    HttpRig rig(says(response));
    const auto probe = rig.stat("/f");
    REQUIRE(probe);
    CHECK(probe->attr.size == 0);
    CHECK(probe->head.empty());
    CHECK(rig.count(Counter::requests) == 1);
  }
}

TEST_CASE("after a 416 without a size the file is asked for whole") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    if (!request.header("range").empty())
      return connection.respond("416 Range Not Satisfiable");
    connection.respond("200 OK", "hello");
  });
  const auto probe = rig.stat("/f");
  REQUIRE(probe);
  CHECK(probe->attr.size == 5);
  CHECK(test::as_text(probe->head) == "hello");
  CHECK(rig.count(Counter::requests) == 2);
}

TEST_CASE("a chunked body has no size, and no more than a block is read") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
    for (int i = 0; i < 100; ++i) connection.send(chunk);
    connection.send("0\r\n\r\n");
  });
  const auto probe = rig.stat("/f");
  REQUIRE(probe);
  CHECK_FALSE(probe->attr.size);
  CHECK_FALSE(probe->attr.version.known());
  CHECK(probe->head.size() == 65536);
  const auto whole = rig.read_whole("/f");
  REQUIRE(whole);
  CHECK(whole->first.size == 409'600);
  CHECK(whole->second == std::string(409'600, 'x'));
}

TEST_CASE("a short chunked body has told its size with its end") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n0\r\n\r\n");
  });
  const auto probe = rig.stat("/f");
  REQUIRE(probe);
  CHECK(probe->attr.size == 5);
  CHECK_FALSE(probe->attr.version.known());
  CHECK(rig.count(Counter::requests) == 1);
}

TEST_CASE("a status is an errno, and a sentence with host and cause") {
  struct Row {
    const char* status;
    int code;
    std::size_t requests;
  };

  for (const auto& [status, code, requests] :
       std::to_array<Row>({{"401 Unauthorized", EACCES, 1},
                           {"403 Forbidden", EACCES, 1},
                           {"404 Not Found", ENOENT, 1},
                           {"410 Gone", ENOENT, 1},
                           {"500 Oops", EIO, 1},
                           {"503 Busy\r\nRetry-After: 999", EBUSY, 1},
                           {"503 Busy", EBUSY, 3}})) {
    CAPTURE(status);
    HttpRig rig([&](const StubRequest&, StubConnection& connection) {
      connection.send(std::string("HTTP/1.1 ") + status +
                      "\r\nContent-Length: 4\r\n\r\nsad\n");
    });
    const auto probe = rig.stat("/f?token=secret");
    REQUIRE_FALSE(probe);
    CHECK(probe.error().code == code);
    CHECK(rig.count(Counter::requests) == requests);
    CHECK(rig.server().connections() == 1);
    if (code == ENOENT) {
      CHECK(probe.error().detail.empty());
    } else {
      CHECK(probe.error().detail.find(rig.server().authority()) !=
            std::string::npos);
      CHECK(probe.error().detail.find(std::string(status, 3)) !=
            std::string::npos);
      CHECK(probe.error().detail.find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("an index page is a directory") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", page("Index of /d/") + "<a href=\"a%2fb\">",
                       "Content-Type: text/html; charset=utf-8\r\n");
  });
  const auto entries = rig.list("/d");
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK(entries->at(0).name == "f");
  CHECK(rig.server().requests().at(0).target == "/d/");
  CHECK(rig.count(Counter::names_dropped) == 1);
}

TEST_CASE("what is not an index page is no directory") {
  struct Row {
    std::string response;
    int code;
  };

  const std::string html = "Content-Type: text/html\r\nConnection: close\r\n";
  for (const Row& row : std::to_array<Row>(
           {{"200 OK\r\n" + html + "\r\n" + page("Please log in"), ENOSYS},
            {"200 OK\r\nContent-Type: text/plain\r\n\r\nIndex of /", ENOTDIR},
            {"200 OK\r\n\r\nx", ENOTDIR},
            {"404 No\r\n" + html + "\r\n" + page("Index of /d/"), ENOENT},
            {"403 No\r\n" + html + "\r\n" + page("Index of /d/"), EACCES},
            {"302 Go\r\nLocation: /d\r\n\r\n", ENOTDIR},
            {"302 Go\r\nLocation: /login\r\n\r\n", ENOSYS},
            {"200 OK\r\n" + html + "Content-Length: 99999999\r\n\r\n",
             EFBIG}})) {
    CAPTURE(row.response);
    HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
      connection.send("HTTP/1.1 " + (request.target == "/d/"
                                         ? row.response
                                         : "200 OK\r\n" + html + "\r\n" +
                                               page("Index of /d/")));
      connection.close();
    });
    CHECK(code_of(rig.list("/d")) == row.code);
  }
}

TEST_CASE("a redirect of a directory to the same path elsewhere is followed") {
  StubHttpServer other([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", page("Index of /d/"),
                       "Content-Type: text/html\r\n");
  });
  HttpRig rig([&](const StubRequest&, StubConnection& connection) {
    connection.respond("301 Moved", {},
                       "Location: " + other.url("/d/") + "\r\n");
  });
  CHECK(rig.list("/d")->size() == 1);
}

TEST_CASE("a stop and a deadline end every operation on a silent server") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.wait_until_client_leaves();
  });
  const VPath path = VPath::parse("/f").value();
  const ByteSink sink = [](auto) { return Result<void>(); };
  const std::array<std::function<int(Call&)>, 4> operations{
      [&](Call& call) {
        return code_of(rig.backend().stat(path, nullptr, call));
      },
      [&](Call& call) { return code_of(rig.backend().list(path, call)); },
      [&](Call& call) {
        return code_of(rig.backend().read(path, {0, 9}, {}, sink, call));
      },
      [&](Call& call) {
        return code_of(rig.backend().read_whole(path, sink, call));
      }};
  for (const auto& operation : operations) {
    Call late;
    late.deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    CHECK(operation(late) == ETIMEDOUT);
    std::stop_source stop;
    Call stopped;
    stopped.stop = stop.get_token();
    std::jthread stopper([&] { stop.request_stop(); });
    CHECK(operation(stopped) == EINTR);
  }
}

TEST_SUITE_END();
