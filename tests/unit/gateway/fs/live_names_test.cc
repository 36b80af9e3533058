// SPDX-License-Identifier: GPL-2.0-or-later
// Names of stores that are changed in place.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <future>

#include "gateway/fs/live_filesystem.hh"
#include "tests/support/live_rig.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;
using test::bytes;
using test::code;
using test::LiveRig;

TEST_SUITE_BEGIN("gateway/fs/live_names");

TEST_CASE("directories are made, listed and removed") {
  LiveRig rig;
  const Ino top = rig.node("/live");
  const EntryReply made =
      rig.fs().make_directory(top, "d", 0755, rig.call).value();
  CHECK(made.node.attr.kind == Kind::directory);
  CHECK(code(rig.fs().make_directory(top, "d", 0755, rig.call)) == EEXIST);
  // Empty as it is new: nobody asks.
  CHECK(code(rig.fs().lookup(made.ino, "x", rig.call)) == ENOENT);
  CHECK(rig.names("/live/d").empty());
  CHECK(rig.live().count("stat") + rig.live().count("list") == 1);
  CHECK(code(rig.fs().create(made.ino, "x", O_WRONLY, 0644, rig.call)) == 0);
  CHECK(rig.names("/live/d") == std::vector<std::string>{"x"});
  CHECK(code(rig.fs().remove(top, "d", Kind::directory, rig.call)) ==
        ENOTEMPTY);
  CHECK(code(rig.fs().remove(made.ino, "x", Kind::file, rig.call)) == 0);
  CHECK(code(rig.fs().remove(made.ino, "x", Kind::file, rig.call)) == ENOENT);
  CHECK(code(rig.fs().remove(top, "d", Kind::directory, rig.call)) == 0);
  CHECK(code(rig.lookup("/live/d")) == ENOENT);
}

TEST_CASE("a listing tells of its names unasked, but not of what is written") {
  LiveRig rig;
  rig.live().put_directory("/d");
  rig.live().put("/d/f", "text");
  rig.live().put("/d/open", "text");
  const Opened opened = rig.open(rig.node("/live/d/open"), O_RDWR).value();
  const std::uint64_t handle =
      rig.fs().open_directory(rig.node("/live/d"), rig.call).value();
  REQUIRE(code(rig.write(opened.handle, 4, "more")) == 0);
  const auto directory = rig.fs().directory(handle).value();
  const int asked = rig.live().count("stat");
  std::vector<EntryReply> known;
  for (const auto& name : directory->names) {
    const auto child = rig.fs().known_child(*directory, name);
    CHECK(child.has_value() == (name.name == "f"));
    if (child) known.push_back(*child);
  }
  CHECK(rig.live().count("stat") == asked);
  REQUIRE(known.size() == 1);
  CHECK(known.front().node.attr.size == 4);
  CHECK(known.front().ino == rig.node("/live/d/f"));
  rig.fs().release_directory(handle);
  CHECK(code(rig.close(opened.handle)) == 0);
}

TEST_CASE("a renamed node is the same one, with all below it") {
  LiveRig rig;
  const Ino top = rig.node("/live");
  rig.live().put_directory("/d");
  rig.live().put("/d/f", "text");
  const EntryReply file = rig.lookup("/live/d/f").value();
  const Opened opened = rig.open(file.ino, O_RDWR).value();
  CHECK(code(rig.fs().rename(top, "d", top, "e", LiveTree::Over::replace,
                             rig.call)) == 0);
  CHECK(rig.fs().describe(file.ino) == "/live/e/f");
  CHECK(rig.node("/live/e/f") == file.ino);
  CHECK(rig.stat("/live/e/f").value().number == file.node.number);
  CHECK(code(rig.lookup("/live/d")) == ENOENT);
  CHECK(code(rig.write(opened.handle, 0, "TEXT")) == 0);
  CHECK(code(rig.close(opened.handle)) == 0);
  CHECK(rig.live().content("/e/f") == "TEXT");
}

TEST_CASE("renaming over a file leaves two nodes and one name") {
  LiveRig rig;
  const Ino top = rig.node("/live");
  rig.live().put("/old", "old");
  rig.live().put("/new", "new");
  const EntryReply old = rig.lookup("/live/old").value();
  const EntryReply fresh = rig.lookup("/live/new").value();
  const Opened opened = rig.open(old.ino).value();
  CHECK(code(rig.fs().rename(top, "new", top, "old", LiveTree::Over::refuse,
                             rig.call)) == EEXIST);
  CHECK(code(rig.fs().rename(top, "new", top, "old", LiveTree::Over::replace,
                             rig.call)) == 0);
  CHECK(rig.node("/live/old") == fresh.ino);
  // Who has the old one open still has it.
  CHECK(rig.read(opened.handle, 0, 9).value() == "old");
  CHECK(rig.fs().attributes(old.ino, rig.call).value().attr.links == 0);
  const EntryReply again = rig.lookup("/live/old").value();
  CHECK(again.node.number == fresh.node.number);
  // A new file of the first name is not taken for the one that left it.
  const auto third = rig.create("new").value();
  CHECK(third.entry.node.number != fresh.node.number);
}

TEST_CASE(
    "a removed file lives on while it is open, and is not its successor") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  CHECK(code(rig.write(made.opened.handle, 0, "old")) == 0);
  const Ino top = rig.node("/live");
  CHECK(code(rig.fs().remove(top, "f", Kind::file, rig.call)) == 0);
  const auto next = rig.create("f").value();
  CHECK(next.entry.ino != made.entry.ino);
  CHECK(next.entry.node.number != made.entry.node.number);
  CHECK(code(rig.write(next.opened.handle, 0, "next one")) == 0);
  CHECK(rig.read(made.opened.handle, 0, 9).value() == "old");
  CHECK(rig.fs().attributes(made.entry.ino, rig.call).value().attr.size == 3);
  CHECK(code(rig.close(made.opened.handle)) == 0);
  CHECK(code(rig.close(next.opened.handle)) == 0);
  CHECK(rig.stat("/live/f").value().attr.size == 8);
  CHECK(code(rig.fs().attributes(made.entry.ino, rig.call)) == ESTALE);
}

TEST_CASE("links") {
  LiveRig rig;
  const Ino top = rig.node("/live");
  rig.live().put("/f", "text");
  const EntryReply link = rig.fs().make_link(top, "l", "f", rig.call).value();
  CHECK(link.node.attr.kind == Kind::symlink);
  CHECK(rig.fs().link_target(link.ino, rig.call).value() == "f");
  CHECK(code(rig.fs().make_link(top, "l", "f", rig.call)) == EEXIST);
  const EntryReply hard =
      rig.fs().make_hard_link(rig.node("/live/f"), top, "h", rig.call).value();
  CHECK(hard.node.attr.size == 4);
  CHECK(rig.live().content("/h") == "text");
}

TEST_CASE("an existing file that create meets is opened") {
  LiveRig rig;
  rig.live().put("/f", "text");
  CHECK(code(rig.create("f", O_RDWR | O_EXCL)) == EEXIST);
  const auto found = rig.create("f", O_RDWR).value();
  CHECK(found.entry.node.attr.size == 4);
  CHECK(rig.read(found.opened.handle, 0, 9).value() == "text");
  const auto cut = rig.create("f", O_RDWR | O_TRUNC).value();
  CHECK(cut.entry.node.attr.size == 0);
}

TEST_CASE("a read-only mount of a live store refuses every change") {
  LiveRig rig;
  rig.seen().put("/f", "text");
  const Ino top = rig.node("/seen");
  const Ino file = rig.node("/seen/f");
  Filesystem& fs = rig.fs();
  CHECK(rig.read(rig.open(file).value().handle, 0, 9).value() == "text");
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC})
    CHECK(code(rig.open(file, flags)) == EROFS);
  AttrRequest request;
  request.change.mode = 0600;
  CHECK(code(fs.create(top, "n", O_WRONLY, 0644, rig.call)) == EROFS);
  CHECK(code(fs.change(file, request, 0, rig.call)) == EROFS);
  CHECK(code(fs.make_directory(top, "n", 0755, rig.call)) == EROFS);
  CHECK(code(fs.make_file(top, "n", 0644, rig.call)) == EROFS);
  CHECK(code(fs.make_link(top, "n", "f", rig.call)) == EROFS);
  CHECK(code(fs.make_hard_link(file, top, "n", rig.call)) == EROFS);
  CHECK(code(fs.remove(top, "f", Kind::file, rig.call)) == EROFS);
  CHECK(code(fs.rename(top, "f", top, "g", LiveTree::Over::replace,
                       rig.call)) == EROFS);
  CHECK(code(fs.access(file, W_OK, rig.call)) == EROFS);
  CHECK(fs.unsupported(file).code == EROFS);
  CHECK(fs.unsupported(rig.node("/live")).code == EOPNOTSUPP);
}

TEST_CASE("nothing goes from one mount to another") {
  LiveRig rig;
  rig.live().put("/f", "text");
  const Ino top = rig.node("/live");
  const Ino other = rig.node("/h");
  CHECK(code(rig.fs().rename(top, "f", other, "f", LiveTree::Over::replace,
                             rig.call)) == EXDEV);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
