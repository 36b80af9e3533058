// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/path_map.hh"

#include <doctest/doctest.h>

#include <map>

using vfsrun::VPath;
using vfsrun::tracer::Mapping;
using vfsrun::tracer::PathMap;
using Kind = Mapping::Kind;

namespace {

std::vector<VPath> roots(std::initializer_list<const char*> names) {
  std::vector<VPath> out;
  for (const char* name : names) out.push_back(VPath::parse(name).value());
  return out;
}

/// A local file system in which /tmp/l is a link to /usr/lib and the rest of
/// these directories is real.
std::optional<std::string> fake_realpath(const std::string& path) {
  static const std::map<std::string, std::string> known{
      {"/", "/"},         {"/usr", "/usr"},       {"/usr/lib", "/usr/lib"},
      {"/tmp", "/tmp"},   {"/tmp/l", "/usr/lib"}, {"/home", "/home"},
      {"/data", "/data"},
  };
  const auto hit = known.find(path);
  if (hit == known.end()) return std::nullopt;
  return hit->second;
}

PathMap make_map(bool live = true) {
  PathMap map(roots({"/http", "/data/genomes"}), fake_realpath);
  if (live) map.set_hidden("/run/h");
  return map;
}

struct Case {
  const char* path;
  const char* base;  // what the kernel calls the working directory
  Kind kind;
  const char* result;
  const char* directory;
};

void check(const Case& row) {
  CAPTURE(row.path);
  CAPTURE(row.base);
  const Mapping got = make_map().map(
      row.path, [&] { return std::optional<std::string>(row.base); });
  CHECK(static_cast<int>(got.kind) == static_cast<int>(row.kind));
  CHECK(got.path == row.result);
  CHECK(got.directory == row.directory);
}

}  // namespace

TEST_SUITE("tracer/path_map") {
  TEST_CASE("absolute names match on whole components") {
    const Case rows[] = {
        {"/http/h/f", "/", Kind::in_tree, "/http/h/f", "/http/h"},
        {"/http", "/", Kind::in_tree, "/http", "/"},
        {"/http/", "/", Kind::in_tree, "/http/", "/"},
        {"/http/h/d/", "/", Kind::in_tree, "/http/h/d/", "/http/h"},
        {"/http/h/d/.", "/", Kind::in_tree, "/http/h/d/.", "/http/h"},
        {"//http//h/f", "/", Kind::in_tree, "/http//h/f", "/http/h"},
        {"/./http/h/f", "/", Kind::in_tree, "/http/h/f", "/http/h"},
        {"/../http/h/f", "/", Kind::in_tree, "/http/h/f", "/http/h"},
        {"/data/genomes/x", "/", Kind::in_tree, "/data/genomes/x",
         "/data/genomes"},
        {"/httpx", "/", Kind::unchanged, "", ""},
        {"/HTTP/h", "/", Kind::unchanged, "", ""},
        {"/usr/http", "/", Kind::unchanged, "", ""},
        {"/data", "/", Kind::unchanged, "", ""},
        {"/data/genomesx", "/", Kind::unchanged, "", ""},
        {"", "/", Kind::unchanged, "", ""},
        {"/", "/", Kind::unchanged, "", ""},
    };
    for (const Case& row : rows) check(row);
  }

  TEST_CASE("a parent component inside the tree is left to the kernel") {
    check({"/http/h/../h/f", "/", Kind::in_tree, "/http/h/../h/f", "/http/h"});
  }

  TEST_CASE("a name that climbs out of the tree is a local name") {
    const Case rows[] = {
        {"/http/../etc/passwd", "/", Kind::local, "/etc/passwd", ""},
        {"/http/h/../../etc/passwd", "/", Kind::local, "/etc/passwd", ""},
        {"/http/..", "/", Kind::local, "/", ""},
        {"/data/genomes/../x", "/", Kind::local, "/data/x", ""},
        {"/http/../http/h", "/", Kind::in_tree, "/http/h", "/http"},
        {"/http/../usr/../http/h", "/", Kind::in_tree, "/http/h", "/http"},
        {"/http/../tmp/l/../f", "/", Kind::local, "/usr/f", ""},
    };
    for (const Case& row : rows) check(row);
  }

  TEST_CASE("local links decide what a parent component means") {
    const Case rows[] = {
        {"/usr/../http/h/f", "/", Kind::in_tree, "/http/h/f", "/http/h"},
        // /tmp/l is /usr/lib, so this is /usr/http
        {"/tmp/l/../http/h", "/", Kind::unchanged, "", ""},
        {"/nowhere/../http/h", "/", Kind::unchanged, "", ""},
    };
    for (const Case& row : rows) check(row);
  }

  TEST_CASE("relative names from a local directory") {
    const Case rows[] = {
        {"http/h/f", "/", Kind::in_tree, "/http/h/f", "/http/h"},
        {"http/h/f", "/usr", Kind::unchanged, "", ""},
        {"../http/h/f", "/usr", Kind::in_tree, "/http/h/f", "/http/h"},
        {"genomes/x", "/data", Kind::in_tree, "/data/genomes/x",
         "/data/genomes"},
        {"a/b", "/usr", Kind::unchanged, "", ""},
        {"../etc", "/usr", Kind::unchanged, "", ""},
    };
    for (const Case& row : rows) check(row);
  }

  TEST_CASE("relative names from inside the tree") {
    const Case rows[] = {
        {"f", "/run/h/http/h", Kind::unchanged, "", ""},
        {"a/b/c", "/run/h/http/h", Kind::unchanged, "", "/http/h/a/b"},
        {"a/b/", "/run/h/http/h", Kind::unchanged, "", "/http/h/a"},
        {"../k/f", "/run/h/http/h", Kind::unchanged, "", "/http/k"},
        {"../../etc", "/run/h/http/h", Kind::local, "/etc", ""},
        {"..", "/run/h/http", Kind::local, "/", ""},
        {"../..", "/run/h/http/h/d", Kind::unchanged, "", "/"},
    };
    for (const Case& row : rows) check(row);
  }

  TEST_CASE("a hidden directory of similar name is not the tree") {
    check({"a/b", "/run/hx/http", Kind::unchanged, "", ""});
  }

  TEST_CASE("the working directory is asked for only where it matters") {
    const PathMap map = make_map(false);
    int asked = 0;
    const auto base = [&]() -> std::optional<std::string> {
      ++asked;
      return "/";
    };
    (void)map.map("/usr/lib", base);
    (void)map.map("a/b/../c", base);
    (void)map.map("f", base);
    CHECK(asked == 0);
    CHECK(map.map("http/f", base).kind == Kind::in_tree);
    CHECK(asked == 1);
  }

  TEST_CASE("an unknown working directory changes nothing") {
    const Mapping got = make_map().map(
        "http/f", []() -> std::optional<std::string> { return {}; });
    CHECK(got.kind == Kind::unchanged);
  }

  TEST_CASE("hidden names become virtual ones and back") {
    const PathMap map = make_map();
    CHECK(map.to_hidden("/http/h/f") == "/run/h/http/h/f");
    CHECK(map.to_virtual("/run/h/http/h/f") == "/http/h/f");
    CHECK(map.to_virtual("/run/h") == "/");
    CHECK_FALSE(map.to_virtual("/run/hx/http"));
    CHECK_FALSE(map.to_virtual("/run"));
    CHECK_FALSE(make_map(false).to_virtual("/anything"));
  }
}
