// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/program_search.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem/operations.hpp>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.hh"

using vfsrun::Mount;
using vfsrun::MountTable;
using vfsrun::VPath;
using vfsrun::tracer::find_program;

namespace {

/// Two folders, of which the second holds the program "tool".
class Folders {
 public:
  Folders()
      : first_(directory_.path() / "first"),
        second_(directory_.path() / "second") {
    boost::filesystem::create_directory(first_);
    boost::filesystem::create_directory(second_);
    std::ofstream(tool()) << "#!/bin/sh\n";
    ::chmod(tool().c_str(), 0755);
  }

  [[nodiscard]] std::string first() const { return first_.string(); }

  [[nodiscard]] std::string second() const { return second_.string(); }

  [[nodiscard]] std::string tool() const { return second() + "/tool"; }

  /// With a mount at `root`.
  std::string search(const std::string& path,
                     const std::string& root = "/http") {
    const vfsrun::test::ScopedEnv set("PATH", path.c_str());
    Mount mount;
    mount.path = *VPath::parse(root);
    mount.url = "http://{host}/";
    return find_program("tool", MountTable({mount}));
  }

 private:
  vfsrun::test::TempDir directory_;
  boost::filesystem::path first_;
  boost::filesystem::path second_;
};

}  // namespace

TEST_SUITE_BEGIN("tracer/program_search");

TEST_CASE("a program is found where execvp(3) would find it") {
  Folders folders;
  CHECK(folders.search(folders.second()) == folders.tool());
  CHECK(folders.search(folders.first() + ":" + folders.second()) ==
        folders.tool());
  CHECK(folders.search(folders.first() + "/not/there:" + folders.second()) ==
        folders.tool());
}

TEST_CASE("what the tree may decide is left to execvp(3)") {
  Folders folders;
  const std::string behind = ":" + folders.second();
  CHECK(folders.search("/http/host/bin" + behind) == "tool");
  CHECK(folders.search(folders.first() + "/../second") == "tool");
  CHECK(folders.search("http/host" + behind) == "tool");
  CHECK(folders.search(behind) == "tool");
  CHECK(folders.search(folders.second(), folders.second()) == "tool");

  const std::string into_tree = folders.first() + "/bin";
  REQUIRE(::symlink("/http/host/bin", into_tree.c_str()) == 0);
  CHECK(folders.search(into_tree + behind) == "tool");
  CHECK(folders.search(into_tree + "/below" + behind) == "tool");

  const std::string dangling = folders.first() + "/tool";
  REQUIRE(::symlink("/http/host/tool", dangling.c_str()) == 0);
  CHECK(folders.search(folders.first() + behind) == "tool");
}

TEST_CASE("what is no program is execvp(3)'s to judge") {
  Folders folders;
  ::chmod(folders.tool().c_str(), 0644);
  CHECK(folders.search(folders.second()) == "tool");
  CHECK(folders.search(folders.first()) == "tool");
}

TEST_CASE("a name with a slash is not searched") {
  CHECK(find_program("./tool", MountTable()) == "./tool");
  CHECK(find_program("", MountTable()).empty());
}

TEST_SUITE_END();
