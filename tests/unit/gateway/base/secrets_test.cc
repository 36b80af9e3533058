// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/secrets.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

using test::ScopedEnv;
using test::TempDir;

SecretSource command(std::vector<std::string> words) {
  SecretSource source;
  source.command = std::move(words);
  return source;
}

TEST_SUITE("gateway/base/secrets") {
  TEST_CASE("a secret comes from the file, the environment or a command") {
    const Call call;
    SecretSource text;
    text.text = "s3";
    CHECK(fetch_secret(text, {}, call) == "s3");
    SecretSource variable;
    variable.variable = "VFSRUN_TEST_SECRET";
    {
      const ScopedEnv set("VFSRUN_TEST_SECRET", "from env");
      CHECK(fetch_secret(variable, {}, call) == "from env");
    }
    const ScopedEnv unset("VFSRUN_TEST_SECRET", nullptr);
    CHECK(fetch_secret(variable, {}, call).error().code == EACCES);
    CHECK(fetch_secret(command({"printf", "a b\\nsecond\\n"}), {}, call) ==
          "a b");
  }

  TEST_CASE("a command sees no shell, and what was added to its environment") {
    const Call call;
    CHECK(fetch_secret(command({"echo", "$HOME;`id` x"}), {}, call) ==
          "$HOME;`id` x");
    const ScopedEnv before("VFSRUN_HOST", "old");
    CHECK(fetch_secret(command({"sh", "-c", "echo $VFSRUN_HOST"}),
                       {"VFSRUN_HOST=new.example"}, call) == "new.example");
  }

  TEST_CASE("a command that fails, says nothing, too much or is not there") {
    const Call call;
    const auto failed =
        fetch_secret(command({"sh", "-c", "echo hunter2; exit 3"}), {}, call);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == EACCES);
    CHECK(failed.error().detail.find("status 3") != std::string::npos);
    CHECK(failed.error().detail.find("hunter2") == std::string::npos);
    CHECK(fetch_secret(command({"true"}), {}, call).error().code == EACCES);
    CHECK(
        fetch_secret(command({"head", "-c", "1000000", "/dev/zero"}), {}, call)
            .error()
            .code == EACCES);
    CHECK(fetch_secret(command({"/no/such/program"}), {}, call).error().code ==
          EACCES);
  }

  TEST_CASE("a command that hangs ends at the deadline or the stop") {
    Call late;
    late.deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    CHECK(fetch_secret(command({"sleep", "1000"}), {}, late).error().code ==
          ETIMEDOUT);
    std::stop_source stop;
    stop.request_stop();
    Call stopped;
    stopped.stop = stop.get_token();
    CHECK(fetch_secret(command({"sleep", "1000"}), {}, stopped).error().code ==
          EINTR);
  }

  TEST_CASE("netrc: machines, users, default, macros, quotes, comments") {
    const std::string text =
        "# mine\nmachine A.example login me password \"p \\\"q\"\n"
        "machine a.example\n\tlogin other\n\tpassword two\n"
        "macdef init\ncd /pub\nmachine evil login x password y\n\n"
        "machine b.example password only account z\n"
        "default login anonymous password guest\n"
        "machine late.example login never password reached\n";
    CHECK(find_in_netrc(text, "a.EXAMPLE") == Login{"me", "p \"q"});
    CHECK(find_in_netrc(text, "a.example", "other") == Login{"other", "two"});
    CHECK(find_in_netrc(text, "b.example", "me") == Login{"me", "only"});
    CHECK(find_in_netrc(text, "evil") == Login{"anonymous", "guest"});
    CHECK(find_in_netrc(text, "sub.a.example") == Login{"anonymous", "guest"});
    CHECK_FALSE(find_in_netrc("machine a login", "b"));
    CHECK_FALSE(find_in_netrc("login x password y", "b"));
    CHECK(find_in_netrc("machine a login", "a") == Login{});
    CHECK_FALSE(find_in_netrc("machine \"a", "b"));
    CHECK_FALSE(find_in_netrc("macdef x\nmachine a login b", "a"));
  }

  TEST_CASE("netrc is found by $NETRC and $HOME, and must be private") {
    const TempDir dir;
    const auto path =
        dir.write(".netrc", "machine h login me password hunter2\n");
    const ScopedEnv home("HOME", dir.path().c_str());
    const ScopedEnv netrc("NETRC", nullptr);
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    const auto open = netrc_login("h");
    REQUIRE_FALSE(open);
    CHECK(open.error().code == EACCES);
    CHECK(open.error().detail.find("chmod 600") != std::string::npos);
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    CHECK(netrc_login("h").value() == Login{"me", "hunter2"});
    CHECK(netrc_login("other").value() == std::nullopt);
    const ScopedEnv elsewhere("NETRC", (dir.path() / "none").c_str());
    CHECK(netrc_login("h").value() == std::nullopt);
  }
}

}  // namespace

}  // namespace vfsrun
