// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/filesystem.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/gateway_rig.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;
using test::GatewayRig;

template <class T>
int code(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

std::vector<std::string> names(GatewayRig& rig, std::string_view path) {
  Call call;
  const Ino ino = path == "/" ? Ino::root : rig.lookup(path).value().ino;
  const std::uint64_t handle =
      rig.filesystem().open_directory(ino, call).value();
  std::vector<std::string> found;
  for (const auto& name : rig.filesystem().directory(handle).value()->names)
    found.push_back(name.name);
  rig.filesystem().release_directory(handle);
  return found;
}

TEST_SUITE_BEGIN("gateway/fs/filesystem");

TEST_CASE("a file is found, opened and read with one question in all") {
  GatewayRig rig;
  rig.http().put("/f", "some text", "1");
  rig.http().bring_head(64 * 1024);
  const EntryReply entry = rig.lookup("/h/f").value();
  CHECK(entry.node.attr.size == 9);
  CHECK(entry.node.attr.mode == 0555);
  const Opened opened = rig.open(entry.ino).value();
  CHECK(opened.keep_cache);
  CHECK_FALSE(opened.direct_io);
  CHECK(rig.read(opened.handle, 0, 4096).value() == "some text");
  CHECK(rig.read(opened.handle, 5, 100).value() == "text");
  CHECK(rig.http().stats() == 1);
  CHECK(rig.http().reads() == 0);
  CHECK(rig.counters().value(Counter::bytes_from_cache) == 13);
  rig.filesystem().release(opened.handle);
  CHECK(code(rig.read(opened.handle, 0, 1)) == EBADF);
}

TEST_CASE("the bytes of a large file are the server's") {
  GatewayRig rig;
  std::string content;
  while (content.size() < 3'000'000)
    content += std::to_string(content.size()) + ",";
  rig.http().put("/f", content, "1");
  const Opened opened = rig.open(rig.lookup("/h/f").value().ino).value();
  std::string got;
  while (got.size() < content.size()) {
    const auto part = rig.read(opened.handle, got.size(), 128 * 1024);
    REQUIRE(part.has_value());
    REQUIRE(!part->empty());
    got += *part;
  }
  CHECK(got == content);
}

TEST_CASE("open answers ESTALE when the server has moved on") {
  GatewayRig rig;
  rig.http().put("/f", "old", "1");
  const EntryReply before = rig.lookup("/h/f").value();
  rig.http().put("/f", "newer", "2");
  // Fresh: nobody asks, and reading finds out.
  CHECK(rig.open(before.ino).has_value());
  rig.clock().advance(6s);
  CHECK(code(rig.open(before.ino)) == ESTALE);
  // The kernel looks again and gets another number.
  const EntryReply after = rig.lookup("/h/f").value();
  CHECK(after.ino != before.ino);
  CHECK(after.node.number == before.node.number);
  const Opened opened = rig.open(after.ino).value();
  CHECK(rig.read(opened.handle, 0, 100).value() == "newer");
  CHECK(rig.http().stats() == 2);
}

TEST_CASE("an unchanged file is opened again with one conditional question") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  const EntryReply entry = rig.lookup("/h/f").value();
  rig.clock().advance(6s);
  CHECK(rig.open(entry.ino).has_value());
  CHECK(rig.open(entry.ino).has_value());
  CHECK(rig.http().stats() == 2);
  CHECK(rig.http().conditional() == 1);
}

TEST_CASE("a change in mid-read is ESTALE, and the name is looked up anew") {
  GatewayRig rig;
  rig.http().put("/f", std::string(100'000, 'a'), "1");
  const EntryReply entry = rig.lookup("/h/f").value();
  const Opened opened = rig.open(entry.ino).value();
  rig.http().put("/f", std::string(100'000, 'b'), "2");
  CHECK(code(rig.read(opened.handle, 50'000, 10)) == ESTALE);
  CHECK(rig.lookup("/h/f").value().ino != entry.ino);
}

TEST_CASE("an open file reads its own version whole from the cache") {
  GatewayRig rig;
  rig.http().put("/f", "old", "1");
  const Opened opened = rig.open(rig.lookup("/h/f").value().ino).value();
  CHECK(rig.read(opened.handle, 0, 100).value() == "old");
  rig.http().put("/f", "new", "2");
  rig.clock().advance(6s);
  const Opened second = rig.open(rig.lookup("/h/f").value().ino).value();
  CHECK(rig.read(second.handle, 0, 100).value() == "new");
  CHECK(rig.read(opened.handle, 0, 100).value() == "old");
}

TEST_CASE("a body of unknown length has its size once it is open") {
  GatewayRig rig;
  rig.http().put_unsized("/f", "eleven chars", "");
  const EntryReply entry = rig.lookup("/h/f").value();
  CHECK(entry.node.valid == 0s);
  const Opened opened = rig.open(entry.ino).value();
  CHECK(opened.direct_io);
  CHECK_FALSE(opened.keep_cache);
  Call call;
  CHECK(rig.filesystem().attributes(entry.ino, call).value().attr.size == 12);
  CHECK(rig.read(opened.handle, 0, 100).value() == "eleven chars");
  CHECK(rig.read(opened.handle, 12, 100).value().empty());
}

TEST_CASE("with a version it is an ordinary file from the second open on") {
  GatewayRig rig;
  rig.http().put_unsized("/f", "text", "1");
  const EntryReply entry = rig.lookup("/h/f").value();
  CHECK(rig.open(entry.ino).value().direct_io);
  const Opened second = rig.open(entry.ino).value();
  CHECK(second.keep_cache);
  CHECK(rig.read(second.handle, 0, 100).value() == "text");
  CHECK(rig.http().reads() == 0);
}

TEST_CASE("a body that breaks off fails the open") {
  GatewayRig rig;
  rig.http().put_unsized("/f", "text", "");
  const EntryReply entry = rig.lookup("/h/f").value();
  rig.http().fail_with("/f", Error{EIO, "connection reset"});
  rig.http().hold("/f").open();
  CHECK(code(rig.open(entry.ino)) == EIO);
}

TEST_CASE("whatever writes is refused") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  const EntryReply entry = rig.lookup("/h/f").value();
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC})
    CHECK(code(rig.open(entry.ino, flags)) == EROFS);
  Call call;
  Filesystem& filesystem = rig.filesystem();
  CHECK(code(filesystem.access(entry.ino, W_OK, call)) == EROFS);
  CHECK(code(filesystem.access(entry.ino, R_OK | X_OK, call)) == 0);
  const Ino h = rig.lookup("/h").value().ino;
  CHECK(code(filesystem.remove(h, "f", Kind::file, call)) == EROFS);
  for (const char* name : {"h", "d"})
    CHECK(code(filesystem.remove(Ino::root, name, Kind::directory, call)) ==
          EBUSY);
  CHECK(code(filesystem.remove(Ino::root, "other", Kind::file, call)) == EROFS);
  CHECK(code(filesystem.make_directory(Ino::root, "n", 0777, call)) == EROFS);
}

TEST_CASE("directories above mounts exist by themselves") {
  GatewayRig rig;
  CHECK(rig.lookup("/d").value().node.attr.kind == Kind::directory);
  CHECK(names(rig, "/") == std::vector<std::string>{".", "..", "d", "h"});
  CHECK(names(rig, "/d") == std::vector<std::string>{".", "..", "store"});
  CHECK(code(rig.lookup("/other")) == ENOENT);
  CHECK(rig.http().stats() + rig.store().stats() == 0);
}

TEST_CASE("beside mounts a traced program finds the host's own names") {
  GatewayRig rig(RootDir::Unknown::link_to_host);
  const EntryReply link = rig.lookup("/etc").value();
  CHECK(link.node.attr.kind == Kind::symlink);
  Call call;
  CHECK(rig.filesystem().link_target(link.ino, call).value() == "/etc");
  CHECK(rig.lookup("/d/other").value().node.attr.size == 8);
  CHECK(names(rig, "/") == std::vector<std::string>{".", "..", "d", "h"});
}

TEST_CASE("names that no directory can hold are not asked for") {
  GatewayRig rig;
  Call call;
  const Ino h = rig.lookup("/h").value().ino;
  CHECK(code(rig.filesystem().lookup(h, std::string(300, 'x'), call)) ==
        ENAMETOOLONG);
  CHECK(code(rig.filesystem().lookup(h, "..", call)) == ENOENT);
  CHECK(rig.http().stats() == 0);
}

TEST_CASE("below a file there is nothing") {
  GatewayRig rig;
  rig.http().put("/f", "text", "1");
  CHECK(code(rig.lookup("/h/f/x")) == ENOTDIR);
}

TEST_CASE("a number the kernel was never told of is ESTALE") {
  GatewayRig rig;
  Call call;
  CHECK(code(rig.filesystem().attributes(Ino{99}, call)) == ESTALE);
  CHECK(code(rig.open(Ino{99})) == ESTALE);
  CHECK(code(rig.filesystem().lookup(Ino{99}, "x", call)) == ESTALE);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
