// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_credentials.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/http_rig.hh"
#include "tests/support/temp_dir.hh"

TEST_SUITE_BEGIN("backends/http_credentials.cc");

using namespace vfsrun;
using test::ScopedEnv;
using test::TempDir;

namespace {

curl::UrlParts origin(const char* url) { return curl::parse_url(url).value(); }

HttpOptions with_token(SecretSource token) {
  HttpOptions options;
  options.token = std::move(token);
  return options;
}

}  // namespace

TEST_CASE("netrc is used by https, by http where the user says so") {
  const TempDir dir;
  const auto path = dir.write("rc", "machine h login me password p\n");
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  const ScopedEnv netrc("NETRC", path.c_str());
  Call call;
  HttpCredentials usual{HttpOptions{}};
  CHECK(usual.identity(origin("https://h/"), call)->login == Login{"me", "p"});
  CHECK_FALSE(usual.identity(origin("https://other/"), call)->given());
  CHECK_FALSE(usual.identity(origin("http://h/"), call)->given());
  HttpOptions options;
  options.netrc = true;
  HttpCredentials plain(options);
  CHECK(plain.identity(origin("http://h:81/"), call)->login.user == "me");
  options.netrc = false;
  HttpCredentials never(options);
  CHECK_FALSE(never.identity(origin("https://h/"), call)->given());
  HttpOptions named;
  named.user = "somebody";
  HttpCredentials other(named);
  CHECK(other.identity(origin("https://h/"), call).error().code == EACCES);
}

TEST_CASE("what was refused is not shown again for a while") {
  Call call;
  HttpCredentials credentials(with_token({"t", {}, {}}));
  const auto h = origin("https://h/");
  CHECK(credentials.identity(h, call)->token == "t");
  CHECK_FALSE(credentials.refused(h));
  CHECK(credentials.identity(h, call).error().code == EACCES);
  CHECK(credentials.identity(origin("https://other/"), call));
}

TEST_CASE("a command is asked anew when what it gave has become old") {
  const TempDir dir;
  const auto counter = (dir.path() / "n").string();
  Call call;
  HttpCredentials credentials(with_token(
      {{},
       {},
       {"sh", "-c", "echo x >>\"$0\"; wc -l <\"$0\" | tr -d ' '", counter}}));
  const auto h = origin("https://h/");
  CHECK(credentials.identity(h, call)->token == "1");
  CHECK(credentials.identity(h, call)->token == "1");
  credentials.accepted(h);
  CHECK(credentials.refused(h));
  CHECK(credentials.identity(h, call)->token == "2");
  // The new one is no better: no storm.
  CHECK_FALSE(credentials.refused(h));
  CHECK_FALSE(credentials.identity(h, call));
}

TEST_CASE("secrets go to the mount's server, and not where it points") {
  test::StubHttpServer elsewhere(
      [](const test::StubRequest& request, test::StubConnection& connection) {
        connection.serve_file(request, "other bytes", "\"o\"");
      });
  const std::string moved = "Location: " + elsewhere.url("/f") + "\r\n";
  HttpOptions options = with_token({"hunter2", {}, {}});
  test::HttpRig rig(
      [&](const test::StubRequest&, test::StubConnection& connection) {
        connection.respond("302 Found", {}, moved);
      },
      options);
  REQUIRE(rig.stat("/f"));
  CHECK(rig.server().requests().at(0).header("authorization") ==
        "Bearer hunter2");
  CHECK(elsewhere.requests().at(0).header("authorization").empty());
}

TEST_CASE("wrong secrets are refused once, then not sent") {
  HttpOptions options;
  options.user = "me";
  options.password = {"wrong", {}, {}};
  test::HttpRig rig(
      [](const test::StubRequest& request, test::StubConnection& connection) {
        // "me:wrong"
        CHECK(request.header("authorization") == "Basic bWU6d3Jvbmc=");
        connection.respond("401 Unauthorized");
      },
      options);
  for (int i = 0; i < 5; ++i) CHECK(test::code_of(rig.stat("/f")) == EACCES);
  CHECK(rig.server().requests().size() == 1);
}

TEST_CASE("a helper's newer token is used within the same operation") {
  const TempDir dir;
  const auto counter = (dir.path() / "n").string();
  std::string good = "Bearer 1";
  test::HttpRig rig(
      [&](const test::StubRequest& request, test::StubConnection& connection) {
        if (request.header("authorization") != good) {
          connection.respond("401 Unauthorized");
          return;
        }
        connection.serve_file(request, "bytes", "\"e\"");
        good = "Bearer 2";  // and the first is worth nothing any more
      },
      with_token({{},
                  {},
                  {"sh", "-c", "echo x >>\"$0\"; wc -l <\"$0\" | tr -d ' '",
                   counter}}));
  CHECK(rig.stat("/f"));
  CHECK(rig.stat("/f"));
  CHECK(rig.server().requests().size() == 3);
}

TEST_SUITE_END();
