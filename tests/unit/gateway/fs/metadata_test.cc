// SPDX-License-Identifier: GPL-2.0-or-later
// The rules for directories of stores that have none, one by one.
#include "gateway/fs/metadata.hh"

#include <doctest/doctest.h>

#include <thread>

#include "tests/support/gateway_rig.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;
using test::GatewayRig;

Result<Found> lookup(GatewayRig& rig, std::string_view path) {
  Call call;
  return rig.metadata().lookup(rig.place(path), call);
}

bool is_directory(const Result<Found>& found) {
  return found && found->attr.kind == Kind::directory;
}

int code(const Result<Found>& found) { return found ? 0 : found.error().code; }

TEST_SUITE_BEGIN("gateway/fs/metadata");

TEST_CASE("a file is asked for once while it is fresh") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  CHECK(lookup(rig, "/h/f")->valid == 5s);
  rig.clock().advance(2s);
  CHECK(lookup(rig, "/h/f")->valid == 3s);
  CHECK(rig.http().stats() == 1);
  rig.clock().advance(3s);
  CHECK(lookup(rig, "/h/f")->valid == 5s);
  CHECK(rig.http().stats() == 2);
  CHECK(rig.http().conditional() == 1);
}

TEST_CASE("what is not there is remembered, but not for the kernel to keep") {
  GatewayRig rig;
  CHECK(code(lookup(rig, "/h/none")) == ENOENT);
  CHECK(code(lookup(rig, "/h/none")) == ENOENT);
  CHECK(rig.http().stats() == 1);
  rig.clock().advance(5s);
  rig.http().put("/none", "here", "1");
  CHECK(lookup(rig, "/h/none").has_value());
}

TEST_CASE("failures are not remembered") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  rig.http().fail_with("/f", Error{ETIMEDOUT, "no answer"});
  CHECK(code(lookup(rig, "/h/f")) == ETIMEDOUT);
  rig.http().work_again("/f");
  CHECK(lookup(rig, "/h/f").has_value());
}

TEST_CASE("an announced name is a directory, unasked and for now only") {
  GatewayRig rig;
  rig.slots().announce(3, "/h/a/b");
  for (const char* path : {"/h/a", "/h/a/b"}) {
    CAPTURE(path);
    CHECK(is_directory(lookup(rig, path)));
    CHECK(lookup(rig, path)->valid == 0s);
  }
  CHECK(rig.http().stats() == 0);
  rig.slots().clear(3);
  CHECK(code(lookup(rig, "/h/a")) == ENOENT);
}

TEST_CASE("the last component is not announced") {
  GatewayRig rig;
  rig.slots().announce(3, "/h/a");
  CHECK(code(lookup(rig, "/h/a/c.txt")) == ENOENT);
  CHECK(code(lookup(rig, "/h/ab")) == ENOENT);
  CHECK(rig.http().stats() == 2);
}

TEST_CASE("an announcement beats a negative answer that is remembered") {
  GatewayRig rig;
  CHECK(code(lookup(rig, "/h/a")) == ENOENT);
  rig.slots().announce(0, "/h/a");
  CHECK(is_directory(lookup(rig, "/h/a")));
}

TEST_CASE("a name known as a file stays a file when it is announced") {
  GatewayRig rig;
  rig.http().put("/f.txt", "text", "1");
  CHECK(lookup(rig, "/h/f.txt").has_value());
  rig.slots().announce(0, "/h/f.txt");
  CHECK(lookup(rig, "/h/f.txt")->attr.kind == Kind::file);
  CHECK(rig.http().stats() == 1);
  rig.clock().advance(1min);
  CHECK(lookup(rig, "/h/f.txt")->attr.kind == Kind::file);
  // Where the file is gone the name is free to be on the way to something.
  rig.clock().advance(1min);
  rig.http().remove("/f.txt");
  CHECK(is_directory(lookup(rig, "/h/f.txt")));
}

TEST_CASE("announcements that come and go leave a standing one alone") {
  GatewayRig rig;
  rig.slots().announce(5, "/h/a");
  test::Gate& gate = rig.http().hold("/slow");
  std::thread slow([&] { CHECK(code(lookup(rig, "/h/slow")) == ENOENT); });
  gate.await_arrivals(1);
  for (std::size_t i = 0; i < 1000; ++i) {
    rig.slots().announce(6 + i % 1000, "/h/x" + std::to_string(i));
    CHECK(is_directory(lookup(rig, "/h/x" + std::to_string(i))));
    rig.slots().clear(6 + i % 1000);
  }
  CHECK(is_directory(lookup(rig, "/h/a")));
  gate.open();
  slow.join();
}

TEST_CASE("a directory is firm once something below it has answered") {
  GatewayRig rig;
  rig.http().put("/a/b/c.txt", "text", "1");
  CHECK(lookup(rig, "/h/a/b/c.txt").has_value());
  CHECK(rig.http().stats() == 1);
  CHECK(is_directory(lookup(rig, "/h/a")));
  CHECK(lookup(rig, "/h/a/b")->valid == 5s);
  CHECK(rig.http().stats() == 1);
  // Its own 404 does not take it away again.
  rig.clock().advance(6s);
  CHECK(is_directory(lookup(rig, "/h/a/b")));
  CHECK(rig.http().stats("/a/b") == 1);
}

TEST_CASE("stores with directories of their own are asked for each") {
  GatewayRig rig;
  rig.slots().announce(0, "/d/store/a");
  CHECK(code(lookup(rig, "/d/store/a")) == ENOENT);
  CHECK(rig.store().stats() == 1);
}

TEST_CASE("names of one kind are known from the listing of their parent") {
  GatewayRig rig;
  DirEntry dir;
  dir.name = "sub";
  dir.kind = Kind::directory;
  rig.http().put_listing("/", std::vector{dir});
  Call call;
  CHECK(rig.metadata().list(rig.place("/h"), call).value()->size() == 1);
  CHECK(is_directory(lookup(rig, "/h/sub")));
  CHECK(rig.http().stats() == 0);
}

TEST_CASE("a directory without index lists what was proven below it") {
  GatewayRig rig;
  rig.http().put("/a/f", "text", "1");
  rig.http().put("/a/b/g", "text", "1");
  Call call;
  CHECK(rig.metadata().list(rig.place("/h/a"), call).error().code == ENOSYS);
  CHECK(lookup(rig, "/h/a/f").has_value());
  CHECK(lookup(rig, "/h/a/b/g").has_value());
  const Listing names = rig.metadata().list(rig.place("/h/a"), call).value();
  REQUIRE(names->size() == 2);
  CHECK(names->at(0).name == "b");
  CHECK(names->at(0).kind == Kind::directory);
  CHECK(names->at(1).name == "f");
}

TEST_CASE("a listing is believed for max_age") {
  GatewayRig rig;
  rig.http().put_listing("/", {});
  Call call;
  CHECK(rig.metadata().list(rig.place("/h"), call).has_value());
  CHECK(rig.metadata().list(rig.place("/h"), call).has_value());
  CHECK(rig.http().lists() == 1);
  rig.clock().advance(6s);
  CHECK(rig.metadata().list(rig.place("/h"), call).has_value());
  CHECK(rig.http().lists() == 2);
}

TEST_CASE("mkdir declares a directory for good") {
  GatewayRig rig;
  Call call;
  rig.http().put("/f", "text", "1");
  CHECK(rig.metadata().declare(rig.place("/h/new"), call).has_value());
  CHECK(code(rig.metadata().declare(rig.place("/h/new"), call)) == EEXIST);
  CHECK(code(rig.metadata().declare(rig.place("/h/f"), call)) == EEXIST);
  CHECK(code(rig.metadata().declare(rig.place("/d/store/n"), call)) == EROFS);
  CHECK(code(rig.metadata().declare(rig.place("/h"), call)) == EEXIST);
  rig.clock().advance(24h);
  const int before = rig.http().stats();
  CHECK(is_directory(lookup(rig, "/h/new")));
  CHECK(rig.http().stats() == before);
  CHECK(rig.metadata().list(rig.place("/h/new"), call).value()->empty());
}

TEST_CASE("callers who want the same name at once share one question") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  test::Gate& gate = rig.http().hold("/f");
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] { CHECK(lookup(rig, "/h/f").has_value()); });
  gate.await_arrivals(1);
  gate.open();
  for (std::thread& caller : callers) caller.join();
  CHECK(rig.http().stats() == 1);
}

TEST_CASE("who gives up does not take the others' answer away") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  test::Gate& gate = rig.http().hold("/f");
  std::stop_source stop;
  std::thread asker([&] {
    Call call;
    call.stop = stop.get_token();
    CHECK(code(rig.metadata().lookup(rig.place("/h/f"), call)) == EINTR);
  });
  gate.await_arrivals(1);
  std::thread other([&] { CHECK(lookup(rig, "/h/f").has_value()); });
  stop.request_stop();
  asker.join();
  gate.open();
  other.join();
}

TEST_CASE("a name that came with its first bytes is read without asking") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  rig.http().bring_head(64 * 1024);
  const Found found = lookup(rig, "/h/f").value();
  const auto content =
      rig.metadata().content(rig.place("/h/f"), found.attr).value();
  CHECK(content->holds({0, 4}));
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
