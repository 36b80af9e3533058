// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/node_table.hh"

#include <doctest/doctest.h>

namespace vfsrun {
namespace {

Attr file(const std::string& version) {
  Attr attr;
  attr.version.tag = version;
  attr.size = 5;
  return attr;
}

Attr directory() {
  Attr attr;
  attr.kind = Kind::directory;
  return attr;
}

TEST_SUITE_BEGIN("gateway/fs/node_table");

TEST_CASE("a node lives as long as the kernel counts lookups of it") {
  NodeTable table;
  const NodePtr root = table.at(Ino::root).value();
  const Ino ino = table.remember(root, "f", file("1"))->ino;
  CHECK(table.remember(root, "f", file("1"))->ino == ino);
  table.forget(ino, 1);
  CHECK(table.at(ino).has_value());
  table.forget(ino, 1);
  CHECK(table.at(ino).error().code == ESTALE);
  CHECK(table.size() == 1);
}

TEST_CASE("a number is never used twice") {
  NodeTable table;
  const NodePtr root = table.at(Ino::root).value();
  const Ino first = table.remember(root, "f", file("1"))->ino;
  table.forget(first, 1);
  CHECK(table.remember(root, "f", file("1"))->ino != first);
}

TEST_CASE("two versions, or a file and a directory, have two numbers") {
  NodeTable table;
  const NodePtr root = table.at(Ino::root).value();
  const NodePtr one = table.remember(root, "f", file("1"));
  const NodePtr two = table.remember(root, "f", file("2"));
  const NodePtr dir = table.remember(root, "f", directory());
  CHECK(one->ino != two->ino);
  CHECK(one->ino != dir->ino);
  CHECK(two->ino != dir->ino);
  // The old one stays what it was.
  CHECK(table.at(one->ino).value()->version.tag == "1");
  table.forget(two->ino, 1);
  CHECK(table.remember(root, "f", file("1"))->ino == one->ino);
}

TEST_CASE("a path is put together from the nodes above, forgotten or not") {
  NodeTable table;
  const NodePtr root = table.at(Ino::root).value();
  const NodePtr a = table.remember(root, "a", directory());
  const NodePtr b = table.remember(a, "b", file("1"));
  table.forget(a->ino, 1);
  CHECK(table.path_of(*b).str() == "/a/b");
  CHECK(table.path_of(*root).is_root());
}

TEST_CASE("forgetting too much, the unknown or the root does no harm") {
  NodeTable table;
  const NodePtr root = table.at(Ino::root).value();
  const Ino ino = table.remember(root, "f", file("1"))->ino;
  table.forget(ino, 100);
  table.forget(ino, 1);
  table.forget(Ino{77}, 1);
  table.forget(Ino::root, 1000);
  CHECK(table.at(Ino::root).has_value());
}

TEST_CASE("a size learnt late is the node's from then on") {
  NodeTable table;
  const NodePtr root = table.at(Ino::root).value();
  Attr unsized = file("1");
  unsized.size.reset();
  const Ino ino = table.remember(root, "f", unsized)->ino;
  table.update(ino, file("1"));
  CHECK(table.attr(ino).value().size == 5);
}

TEST_CASE("st_ino is the same for one path and differs for two") {
  const VPath a = VPath::parse("/a").value();
  CHECK(stable_number(a) == stable_number(VPath::parse("/a").value()));
  CHECK(stable_number(a) != stable_number(VPath::parse("/b").value()));
  CHECK(stable_number(VPath()) == 1);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
