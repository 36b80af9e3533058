// SPDX-License-Identifier: GPL-2.0-or-later
// Files of stores that are changed in place, operation by operation.
#include "gateway/fs/live_filesystem.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <future>

#include "tests/support/live_rig.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;
using test::bytes;
using test::code;
using test::LiveRig;

TEST_SUITE_BEGIN("gateway/fs/live_filesystem");

TEST_CASE("a file is found, opened and read") {
  LiveRig rig;
  rig.live().put("/f", "some text");
  const EntryReply entry = rig.lookup("/live/f").value();
  CHECK(entry.node.attr.size == 9);
  CHECK(entry.node.attr.mode == 0644);
  const Opened opened = rig.open(entry.ino, O_RDONLY).value();
  CHECK(rig.read(opened.handle, 0, 100).value() == "some text");
  CHECK(rig.read(opened.handle, 5, 100).value() == "text");
  CHECK(rig.read(opened.handle, 9, 100).value().empty());
  CHECK(rig.live().count("stat") == 1);
}

TEST_CASE("an open file follows the server's") {
  LiveRig rig;
  rig.live().put("/log", "one\n");
  const Ino ino = rig.node("/live/log");
  const Opened opened = rig.open(ino).value();
  CHECK(rig.read(opened.handle, 0, 100).value() == "one\n");
  rig.live().set_time(1'600'000'100);
  rig.live().put("/log", "one\ntwo\n");
  rig.clock().advance(2s);
  CHECK(rig.fs().attributes(ino, rig.call).value().attr.size == 8);
  CHECK(rig.read(opened.handle, 4, 100).value() == "two\n");
  // The same node, whatever the bytes.
  rig.clock().advance(10s);
  CHECK(rig.node("/live/log") == ino);
}

TEST_CASE("a new file costs one round trip to make and one to close") {
  LiveRig rig;
  CHECK(rig.names("/live").empty());  // listed: what is not there is known
  CHECK(code(rig.lookup("/live/new")) == ENOENT);
  CHECK(rig.live().count("stat") == 0);
  const auto made = rig.create("new").value();
  CHECK(made.entry.node.attr.size == 0);
  CHECK(made.entry.node.attr.mode == 0644);
  CHECK(made.entry.node.valid == 0s);
  CHECK(code(rig.write(made.opened.handle, 0, "text")) == 0);
  AttrRequest times;
  times.change.modified = 1'234'567'890;  // as tar does
  CHECK(rig.fs()
            .change(made.entry.ino, times, 0, rig.call)
            .value()
            .attr.modified == 1'234'567'890);
  CHECK(code(rig.close(made.opened.handle)) == 0);
  CHECK(rig.live().content("/new") == "text");
  // Asked for with the last write: stat knows it without asking.
  const NodeAttr attr = rig.stat("/live/new").value();
  CHECK(attr.attr.size == 4);
  CHECK(attr.attr.modified == 1'234'567'890);
  CHECK(rig.names("/live") == std::vector<std::string>{"new"});
  CHECK(rig.live().count("open") == 1);
  CHECK(rig.live().count("stat") == 0);
  CHECK(rig.live().count("fstat") == 1);
  CHECK(rig.live().count("list") == 1);
}

TEST_CASE("O_APPEND goes on at the server's end, not at the kernel's") {
  LiveRig rig;
  rig.live().put("/log", "one\n");
  const Ino ino = rig.node("/live/log");
  std::vector<Ino> stale;
  rig.fs().on_stale([&](Ino which) { stale.push_back(which); });
  rig.live().put("/log", "one\ntwo\n");
  const Opened opened = rig.open(ino, O_WRONLY | O_APPEND).value();
  CHECK(code(rig.write(opened.handle, 4, "three\n")) == 0);
  CHECK(stale == std::vector{ino});
  CHECK(code(rig.write(opened.handle, 14, "four\n")) == 0);
  CHECK(code(rig.close(opened.handle)) == 0);
  CHECK(rig.live().content("/log") == "one\ntwo\nthree\nfour\n");
  // Pages of a mapping have their places.
  const Opened mapped = rig.open(ino, O_RDWR | O_APPEND).value();
  CHECK(code(rig.fs().write(mapped.handle, 0, bytes("ONE"),
                            Filesystem::Where::exactly, rig.call)) == 0);
  CHECK(code(rig.close(mapped.handle)) == 0);
  CHECK(rig.live().content("/log") == "ONE\ntwo\nthree\nfour\n");
}

TEST_CASE("truncation is in order with writes") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  CHECK(code(rig.write(made.opened.handle, 0, "0123456789")) == 0);
  AttrRequest cut;
  cut.change.size = 4;
  CHECK(rig.fs()
            .change(made.entry.ino, cut, made.opened.handle, rig.call)
            .value()
            .attr.size == 4);
  CHECK(code(rig.write(made.opened.handle, 6, "67")) == 0);
  CHECK(code(rig.close(made.opened.handle)) == 0);
  CHECK(rig.live().content("/f") == std::string("0123\0\00067", 8));
  cut.change.size = 1;
  CHECK(code(rig.fs().change(made.entry.ino, cut, 0, rig.call)) == 0);
  CHECK(rig.live().content("/f") == "0");
  CHECK(rig.stat("/live/f").value().attr.size == 1);
  const Opened opened = rig.open(made.entry.ino, O_WRONLY | O_TRUNC).value();
  CHECK(rig.fs().attributes(made.entry.ino, rig.call).value().attr.size == 0);
  CHECK(code(rig.close(opened.handle)) == 0);
}

TEST_CASE("modes, times and owners") {
  LiveRig rig;
  rig.live().put("/f", "text");
  const Ino ino = rig.node("/live/f");
  AttrRequest request;
  request.change.mode = 0600;
  CHECK(rig.fs().change(ino, request, 0, rig.call).value().attr.mode == 0600);
  CHECK(rig.live().mode("/f") == 0600);
  CHECK(rig.stat("/live/f").value().attr.mode == 0600);
  request = {};
  request.change.modified = 5;
  CHECK(code(rig.fs().change(ino, request, 0, rig.call)) == 0);
  const Attr attr = rig.stat("/live/f").value().attr;
  CHECK(attr.modified == 5);
  CHECK(attr.accessed == 1'600'000'000);
  request = {};
  request.uid = ::getuid();
  request.gid = ::getgid();
  CHECK(code(rig.fs().change(ino, request, 0, rig.call)) == 0);
  request.uid = ::getuid() + 1;
  CHECK(code(rig.fs().change(ino, request, 0, rig.call)) == EPERM);
  rig.live().server().fail_with("change", Error{EPERM, {}}, 1);
  request = {};
  request.change.mode = 0644;
  CHECK(code(rig.fs().change(ino, request, 0, rig.call)) == EPERM);
}

TEST_CASE("a symlink has no mode to change, as on local file systems") {
  LiveRig rig;
  rig.live().put("/f", "text");
  const EntryReply link =
      rig.fs().make_link(rig.node("/live"), "l", "f", rig.call).value();
  AttrRequest request;
  request.change.mode = 0600;
  CHECK(code(rig.fs().change(link.ino, request, 0, rig.call)) == EOPNOTSUPP);
  CHECK(rig.live().count("change") == 0);
  CHECK(rig.live().mode("/f") == 0644);
}

TEST_CASE("free space is the store's, or is not known") {
  LiveRig rig;
  const auto space = rig.fs().space(rig.node("/live"), rig.call).value();
  REQUIRE(space.has_value());
  CHECK(space->available == 4096 * 400);
  CHECK_FALSE(rig.fs().space(rig.node("/h"), rig.call).value().has_value());
  rig.live().server().fail_with("space", Error{EOPNOTSUPP, {}});
  CHECK_FALSE(rig.fs().space(rig.node("/live"), rig.call).value().has_value());
}

TEST_CASE("what others change is seen after max_age") {
  LiveRig rig;
  rig.live().put("/f", "text");
  CHECK(rig.stat("/live/f").value().attr.size == 4);
  CHECK(code(rig.lookup("/live/g")) == ENOENT);
  rig.live().put("/f", "longer text");
  rig.live().put("/g", "new");
  CHECK(rig.stat("/live/f").value().attr.size == 4);
  CHECK(code(rig.lookup("/live/g")) == ENOENT);
  rig.clock().advance(6s);
  CHECK(rig.stat("/live/f").value().attr.size == 11);
  CHECK(rig.stat("/live/g").value().attr.size == 3);
}

TEST_CASE("pages are kept while length and time say so, and not too early") {
  LiveRig rig;
  const auto now = std::time(nullptr);
  rig.live().set_time(now);
  rig.live().put("/f", "text");
  const Ino ino = rig.node("/live/f");
  CHECK_FALSE(rig.open(ino).value().keep_cache);
  // Within the second there may be another change of the same time.
  CHECK_FALSE(rig.open(ino).value().keep_cache);
  rig.clock().advance(3s);
  // What was read until now may be older; what is read from now on is not.
  CHECK_FALSE(rig.open(ino).value().keep_cache);
  CHECK(rig.open(ino).value().keep_cache);
  rig.live().set_time(now + 10);
  rig.live().put("/f", "TEXT");
  rig.clock().advance(6s);
  CHECK_FALSE(rig.open(ino).value().keep_cache);
}

TEST_CASE("bytes of a calm file are fetched once, of a changed one again") {
  LiveRig rig;
  rig.live().put("/f", std::string(100'000, 'a'));
  const Ino ino = rig.node("/live/f");
  for (int round = 0; round < 3; ++round) {
    const Opened opened = rig.open(ino).value();
    CHECK(rig.read(opened.handle, 50'000, 10).value() == "aaaaaaaaaa");
    rig.fs().release(opened.handle);
  }
  CHECK(rig.live().count("read") == 1);
  // Length and time tell the two states apart, whatever was read of which.
  rig.live().set_time(1'600'000'500);
  rig.live().put("/f", std::string(100'000, 'b'));
  rig.clock().advance(6s);
  const Opened opened = rig.open(ino).value();
  CHECK(rig.read(opened.handle, 50'000, 10).value() == "bbbbbbbbbb");
}

TEST_CASE("bytes fetched from a file that has changed meanwhile are not kept") {
  LiveRig rig;
  rig.live().put("/f", std::string(4'000'000, 'a'));
  const Ino ino = rig.node("/live/f");
  const Opened opened = rig.open(ino).value();
  CHECK(rig.read(opened.handle, 0, 1).value() == "a");
  rig.live().set_time(1'600'000'500);
  rig.live().put("/f", std::string(4'000'000, 'b'));
  // Within the time that attributes are believed: the live file's bytes.
  CHECK(rig.read(opened.handle, 3'900'000, 1).value() == "b");
  rig.fs().release(opened.handle);
  // Back to the old state, as a backup may be: time and length are as before.
  rig.live().set_time(1'600'000'000);
  rig.live().put("/f", std::string(4'000'000, 'a'));
  rig.clock().advance(6s);
  const Opened again = rig.open(ino).value();
  CHECK(rig.read(again.handle, 3'900'000, 1).value() == "a");
}

TEST_CASE("what is being written is read from the server, not from the cache") {
  LiveRig rig;
  rig.live().put("/f", std::string(100'000, 'a'));
  const Ino ino = rig.node("/live/f");
  const Opened reader = rig.open(ino).value();
  CHECK(rig.read(reader.handle, 0, 3).value() == "aaa");
  const Opened writer = rig.open(ino, O_WRONLY).value();
  CHECK(code(rig.write(writer.handle, 1, "b")) == 0);
  CHECK(rig.read(reader.handle, 0, 3).value() == "aba");
  CHECK(code(rig.close(writer.handle)) == 0);
  CHECK(rig.read(reader.handle, 0, 3).value() == "aba");
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
