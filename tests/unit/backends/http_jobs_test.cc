// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_jobs.hh"

#include <doctest/doctest.h>

#include <array>
#include <atomic>

#include "tests/support/http_rig.hh"
#include "tests/support/stub_http_server.hh"

TEST_SUITE_BEGIN("backends/http_jobs.cc");

using namespace vfsrun;
using vfsrun::test::code_of;
using vfsrun::test::HttpRig;
using vfsrun::test::numbered_bytes;
using vfsrun::test::StubConnection;
using vfsrun::test::StubRequest;

namespace {

const std::string file = numbered_bytes(300'000);
const Version version{"\"v1\" size=300000"};

/// "206 …" with an honest head for `first`..`last`, then `extra` lines.
std::string part_head(std::size_t first, std::size_t last,
                      const std::string& extra = {}) {
  return "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: "
         "bytes " +
         std::to_string(first) + "-" + std::to_string(last) + "/300000\r\n" +
         extra + "\r\n";
}

std::string length(std::size_t size) {
  return "Content-Length: " + std::to_string(size) + "\r\n";
}

}  // namespace

TEST_CASE("a range of a version is read with one conditional request") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    connection.serve_file(request, file, "\"v1\"");
  });
  const auto text = rig.read("/f", {100'000, 50'000}, version);
  REQUIRE(text);
  CHECK(*text == file.substr(100'000, 50'000));
  REQUIRE(rig.server().requests().size() == 1);
  const StubRequest request = rig.server().requests().at(0);
  CHECK(request.header("range") == "bytes=100000-149999");
  CHECK(request.header("if-match") == "\"v1\"");
  CHECK(rig.read("/f", {0, 0}, version)->empty());
  CHECK(rig.count(Counter::requests) == 1);
}

TEST_CASE("without an ETag the date is the condition") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    connection.serve_file(request, file, "W/\"v1\"");
  });
  CHECK(
      rig.read("/f", {7, 7}, Version{"W/\"v1\" mtime=784111777 size=300000"}) ==
      file.substr(7, 7));
  const StubRequest request = rig.server().requests().at(0);
  CHECK(request.header("if-match").empty());
  CHECK(request.header("if-unmodified-since") ==
        "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("another version is ESTALE, and no byte of it comes through") {
  const std::string ranged =
      "206 Partial Content\r\nContent-Length: 9\r\nContent-Range: bytes 0-8/";
  for (const std::string& head : std::vector<std::string>{
           "412 Precondition Failed\r\nContent-Length: 0\r\n",
           ranged + "300000\r\nETag: \"v2\"\r\n",
           ranged + "300001\r\nETag: \"v1\"\r\n",
           ranged + "300000\r\nETag: W/\"v1\"\r\n",
           "200 OK\r\nETag: \"v2\"\r\nContent-Length: 300000\r\n",
           "200 OK\r\nContent-Length: 9\r\n",
           "416 No\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n",
           "416 No\r\nContent-Length: 0\r\n"}) {
    CAPTURE(head);
    HttpRig rig([&](const StubRequest&, StubConnection& connection) {
      connection.send("HTTP/1.1 " + head + "\r\n123456789");
      connection.close();
    });
    std::string text;
    const ByteSink sink = [&](std::span<const std::byte> bytes) {
      text += test::as_text(bytes);
      return Result<void>();
    };
    Call call;
    const auto result = rig.backend().read(VPath::parse("/f").value(), {0, 9},
                                           version, sink, call);
    CHECK(code_of(result) == ESTALE);
    CHECK(text.empty());
    CHECK(rig.count(Counter::requests) == 1);
  }
}

TEST_CASE("another date is another version") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    connection.serve_file(request, file, "bad etag");
  });
  CHECK(code_of(rig.read("/f", {0, 9}, Version{"mtime=5 size=300000"})) ==
        ESTALE);
}

TEST_CASE("answers that are no answer to the question are EIO") {
  for (const std::string& response : std::vector<std::string>{
           "HTTP/1.1 206 P\r\nETag: \"v1\"\r\nContent-Length: 9\r\n\r\n",
           part_head(1, 9, length(9)), part_head(0, 9, length(10)),
           part_head(0, 8,
                     length(9) + "Content-Type: multipart/byteranges; "
                                 "boundary=x\r\n"),
           part_head(0, 8, length(9) + "Content-Encoding: gzip\r\n"),
           "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nETag: \"v1-br\"\r\n" +
               length(9) + "\r\n",
           "HTTP/1.1 206 P\r\nContent-Range: bytes x-y/z\r\n" + length(9) +
               "\r\n",
           "HTTP/1.1 304 Not Modified\r\n\r\n"}) {
    CAPTURE(response);
    HttpRig rig([&](const StubRequest&, StubConnection& connection) {
      connection.send(response + "123456789");
      connection.close();
    });
    const auto text = rig.read("/f", {0, 9}, version);
    CHECK(code_of(text) == EIO);
    CHECK(text.error().detail.find(rig.server().authority()) !=
          std::string::npos);
  }
}

TEST_CASE("a server without ranges is read rightly all the same") {
  HttpRig rig([](const StubRequest&, StubConnection& connection) {
    connection.respond("200 OK", file, "ETag: \"v1\"\r\n");
  });
  CHECK(rig.read("/f", {0, 10}, version) == file.substr(0, 10));
  CHECK(rig.read("/f", {200'000, 10}, version) == file.substr(200'000, 10));
  CHECK(rig.read("/f", {299'990, 10}, version) == file.substr(299'990));
  // The end was near: that connection was worth keeping.
  const std::size_t connections = rig.server().connections();
  CHECK(rig.read("/f", {299'999, 1}, version) == file.substr(299'999));
  CHECK(rig.server().connections() == connections);
}

TEST_CASE("a body that breaks off is resumed at the byte where it broke") {
  std::atomic<int> tries = 0;
  HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
    const auto range = request.range().value();
    const std::string body =
        file.substr(range.first, range.second - range.first + 1);
    connection.send(part_head(range.first, range.second, length(body.size())));
    if (++tries == 4) return connection.send(body);
    connection.send(body.substr(0, 1000));
    connection.close();
  });
  CHECK(rig.read("/f", {10, 5000}, version) == file.substr(10, 5000));
  const auto requests = rig.server().requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests.at(1).header("range") == "bytes=1010-5009");
  CHECK(requests.at(3).header("range") == "bytes=3010-5009");
}

TEST_CASE("a part shorter than asked for is followed by the next") {
  HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
    const auto range = request.range().value();
    const std::size_t last = std::min(range.first + 2999, range.second);
    connection.send(
        part_head(range.first, last, length(last + 1 - range.first)) +
        file.substr(range.first, last + 1 - range.first));
  });
  CHECK(rig.read("/f", {0, 5000}, version) == file.substr(0, 5000));
  CHECK(rig.count(Counter::requests) == 2);
}

TEST_CASE("a file that changes where the body broke off is never joined") {
  std::atomic<int> tries = 0;
  HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
    const bool second = tries++ > 0;
    const auto range = request.range().value();
    // No validator but the size: what the first answer said must hold.
    connection.send("HTTP/1.1 206 P\r\nContent-Range: bytes " +
                    std::to_string(range.first) + "-" +
                    std::to_string(range.second) +
                    (second ? "/400000" : "/300000") + "\r\n" +
                    length(range.second - range.first + 1) + "\r\n12345");
    connection.close();
  });
  CHECK(code_of(rig.read("/f", {0, 100}, Version{})) == ESTALE);
  CHECK(rig.count(Counter::requests) == 2);
}

TEST_CASE("a body that never gets further is given up with EIO") {
  HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
    const auto range = request.range().value();
    connection.send(part_head(range.first, range.second,
                              length(range.second - range.first + 1)));
    connection.close();
  });
  CHECK(code_of(rig.read("/f", {0, 100}, version)) == EIO);
  CHECK(rig.count(Counter::requests) == 3);
}

TEST_CASE("bytes beyond what was promised do not come through") {
  HttpRig rig([&](const StubRequest&, StubConnection& connection) {
    connection.send(part_head(0, 8) + file.substr(0, 500));
    connection.close();
  });
  CHECK(rig.read("/f", {0, 9}, version) == file.substr(0, 9));
}

TEST_CASE("what the sink refuses is the result, unchanged") {
  HttpRig rig([](const StubRequest& request, StubConnection& connection) {
    connection.serve_file(request, file, "\"v1\"");
  });
  const ByteSink full = [](auto) { return Result<void>(fail(ENOSPC, "full")); };
  Call call;
  const VPath path = VPath::parse("/f").value();
  const auto read = rig.backend().read(path, {0, 9}, version, full, call);
  REQUIRE_FALSE(read);
  CHECK(read.error() == Error{ENOSPC, "full"});
  const auto whole = rig.backend().read_whole(path, full, call);
  REQUIRE_FALSE(whole);
  CHECK(whole.error() == Error{ENOSPC, "full"});
  CHECK(rig.count(Counter::requests) == 2);
}

TEST_CASE("a whole body is repeated only while nothing of it has come") {
  std::atomic<int> tries = 0;
  HttpRig rig([&](const StubRequest& request, StubConnection& connection) {
    CHECK(request.header("range").empty());
    if (tries++ == 0) return connection.close();
    if (request.target == "/good")
      return connection.respond("200 OK", "whole", "ETag: \"v1\"\r\n");
    connection.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    connection.close();
  });
  const auto whole = rig.read_whole("/good");
  REQUIRE(whole);
  CHECK(whole->second == "whole");
  CHECK(whole->first.size == 5);
  CHECK(whole->first.version.tag == "\"v1\" size=5");
  CHECK(rig.count(Counter::requests) == 2);
  CHECK_FALSE(rig.read_whole("/cut"));
  CHECK(rig.count(Counter::requests) == 3);
}

TEST_CASE("a probe is as careful as a read") {
  for (const std::string& response : std::vector<std::string>{
           "HTTP/1.1 206 P\r\nContent-Length: 9\r\n\r\n123456789",
           part_head(5, 13, length(9)) + "123456789",
           part_head(0, 8,
                     length(9) + "Content-Type: multipart/byteranges\r\n"),
           "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 304 Not Modified\r\n\r\n",
           "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n"}) {
    CAPTURE(response);
    HttpRig rig([&](const StubRequest&, StubConnection& connection) {
      connection.send(response);
      connection.close();
    });
    CHECK(code_of(rig.stat("/f")) == EIO);
  }
}

TEST_SUITE_END();
