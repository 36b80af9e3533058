// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/root_dir.hh"

#include <doctest/doctest.h>

#include "tests/support/fake_backend.hh"

namespace vfsrun {
namespace {

VPath path(std::string_view text) { return VPath::parse(text).value(); }

RootDir two_mounts() {
  std::vector<Mounted> mounts;
  for (const char* at : {"/data", "/data/genomes/x"}) {
    Mount mount;
    mount.path = path(at);
    mounts.push_back(Mounted{mount, std::make_unique<test::FakeBackend>()});
  }
  return RootDir(std::move(mounts), RootDir::Unknown::absent);
}

TEST_SUITE_BEGIN("gateway/fs/root_dir");

TEST_CASE("a path belongs to the mount with the longest prefix") {
  const RootDir root = two_mounts();
  CHECK(root.place(path("/data/a/b")).inner == path("/a/b"));
  CHECK(root.place(path("/data/a/b")).root() == path("/data"));
  CHECK(root.place(path("/data/genomes/x/f")).inner == path("/f"));
  CHECK(root.place(path("/data/genomes/y")).root() == path("/data"));
  CHECK(root.place(path("/database")).mounted == nullptr);
}

TEST_CASE("mounts and what leads to them are directories unasked") {
  const RootDir root = two_mounts();
  for (const char* at : {"/", "/data", "/data/genomes", "/data/genomes/x"}) {
    CAPTURE(at);
    CHECK(root.place(path(at)).fixed);
  }
  CHECK_FALSE(root.place(path("/data/other")).fixed);
  CHECK_FALSE(root.place(path("/other")).fixed);
}

TEST_CASE("each directory shows the mounts that lie below it") {
  const RootDir root = two_mounts();
  REQUIRE(root.names_below(path("/")).size() == 1);
  CHECK(root.names_below(path("/"))[0].name == "data");
  CHECK(root.names_below(path("/data"))[0].name == "genomes");
  CHECK(root.names_below(path("/data/genomes/x")).empty());
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
