// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_file.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>

#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

namespace fs = boost::filesystem;
using test::ScopedEnv;
using test::TempDir;

std::string mount_text(const std::string& path, const std::string& url) {
  return "path = \"" + path + "\"\nurl = \"" + url + "\"\n";
}

std::string url_at(const MountTable& table, const char* path) {
  const Mount* mount = table.find(VPath::parse(path).value());
  return mount == nullptr ? "" : mount->url;
}

std::string problems_of(const MountSources& sources) {
  const auto table = load_mounts(sources);
  REQUIRE_FALSE(table);
  CHECK(table.error().code == EINVAL);
  return table.error().detail;
}

fs::path source_tree() { return VFSRUN_SOURCE_DIR; }

TEST_SUITE("gateway/config/mount_file") {
  TEST_CASE("a later file of the same name replaces an earlier one") {
    const TempDir dir;
    dir.write("a/10-x.toml", mount_text("/x", "http://one/"));
    dir.write("a/20-y.toml", mount_text("/y", "http://one/"));
    dir.write("b/10-x.toml", mount_text("/z", "http://two/"));
    const auto table =
        load_mounts({{dir.path() / "a", dir.path() / "b"}, {}}).value();
    CHECK(table.mounts().size() == 2);
    CHECK(url_at(table, "/x").empty());
    CHECK(url_at(table, "/y") == "http://one/");
    CHECK(url_at(table, "/z") == "http://two/");
  }

  TEST_CASE("an empty file switches one off, a link to /dev/null too") {
    const TempDir dir;
    dir.write("a/10-x.toml", mount_text("/x", "http://one/"));
    dir.write("a/20-y.toml", mount_text("/y", "http://one/"));
    dir.write("b/10-x.toml", "");
    fs::create_symlink("/dev/null", dir.path() / "b/20-y.toml");
    CHECK(load_mounts({{dir.path() / "a", dir.path() / "b"}, {}})
              .value()
              .mounts()
              .empty());
  }

  TEST_CASE("a mistake in a file that is replaced does not matter") {
    const TempDir dir;
    dir.write("a/10-x.toml", "nonsense");
    dir.write("b/10-x.toml", mount_text("/x", "http://two/"));
    CHECK(load_mounts({{dir.path() / "a", dir.path() / "b"}, {}}));
  }

  TEST_CASE("only *.toml files count, and directories may be missing") {
    const TempDir dir;
    dir.write("a/README.md", "nonsense");
    dir.write("a/x.toml.bak", "nonsense");
    dir.write("a/.toml", "nonsense");
    CHECK(load_mounts({{dir.path() / "a", dir.path() / "none"}, {}})
              .value()
              .mounts()
              .empty());
  }

  TEST_CASE("two mounts of one path are a mistake of the later one") {
    const TempDir dir;
    const auto first = dir.write("a/10.toml", mount_text("/x", "http://one/"));
    const auto second =
        dir.write("a/20.toml", "\n" + mount_text("/x/", "http://two/"));
    CHECK(problems_of({{dir.path() / "a"}, {}}) ==
          second.string() + ":2: path: /x is taken by " + first.string() +
              ":1; expected one mount a path");
  }

  TEST_CASE("a spec takes the place of a file's mount, not of another spec") {
    const TempDir dir;
    dir.write("a/10.toml", mount_text("/x", "http://one/"));
    const auto table =
        load_mounts({{dir.path() / "a"}, {"/x=http://two/"}}).value();
    CHECK(table.mounts().size() == 1);
    CHECK(url_at(table, "/x") == "http://two/");
    CHECK(problems_of({{}, {"/x=http://one/", "/x=http://two/"}})
              .find("is taken by --mount /x") != std::string::npos);
  }

  TEST_CASE("mistakes of all files and specs come together") {
    const TempDir dir;
    dir.write("a/10.toml", "path = 1");
    dir.write("a/20.toml", "url = ");
    dir.write("b/30.toml", "x = 1");
    const std::string text = problems_of(
        {{dir.path() / "a", dir.path() / "b"}, {"/x", "/y=nosuch://h/"}});
    for (const char* part :
         {"10.toml:1: path:", "10.toml:1: url: is missing", "20.toml:1: syntax",
          "30.toml:1: x:", "--mount /x: url:", "--mount /y: url:"}) {
      CAPTURE(part);
      CHECK(text.find(part) != std::string::npos);
    }
  }

  TEST_CASE("what cannot be read is told, and nothing hangs") {
    const TempDir dir;
    fs::create_directories(dir.path() / "a/dir.toml");
    REQUIRE(::mkfifo((dir.path() / "a/fifo.toml").c_str(), 0600) == 0);
    fs::create_symlink("nowhere", dir.path() / "a/link.toml");
    dir.write("a/large.toml", std::string(3 << 20, '#'));
    const std::string text = problems_of({{dir.path() / "a"}, {}});
    for (const char* name :
         {"dir.toml", "fifo.toml", "link.toml", "large.toml"})
      CHECK(text.find(name) != std::string::npos);
    CHECK(std::ranges::count(text, '\n') == 3);
  }

  TEST_CASE("a password on the command line is refused and not repeated") {
    const std::string text = problems_of({{}, {"/x=http://me:hunter2@h/"}});
    CHECK(text.find("netrc") != std::string::npos);
    CHECK(text.find("hunter2") == std::string::npos);
  }

  TEST_CASE("a table goes to another process and back unchanged") {
    const TempDir dir;
    const auto secret =
        dir.write("a/10.toml", mount_text("/x", "http://one/") +
                                   "[http.headers]\nCookie = \"c\"\n");
    const auto table =
        load_mounts({{dir.path() / "a"}, {"/http=http://{host}/"}}).value();
    const auto back = from_toml(to_toml(table));
    REQUIRE(back);
    CHECK(*back == table);
    CHECK(*from_toml("") == MountTable());
    CHECK(from_toml("mount = 1").error().code == EINVAL);
    CHECK(from_toml("[[mount]]\nx = 1").error().code == EINVAL);
  }

  TEST_CASE("every file of mounts.d is right, and /http and /https work") {
    const auto table = load_mounts({{source_tree() / "mounts.d"}, {}});
    REQUIRE(table);
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(source_tree() / "mounts.d"))
      files += entry.path().extension() == ".toml" ? 1 : 0;
    CHECK(table->mounts().size() == files);
    CHECK(url_at(*table, "/http/h") == "http://{host}/");
    CHECK(url_at(*table, "/https/h") == "https://{host}/");
  }

  TEST_CASE("every sample of mounts.d is right, and mounts nothing by itself") {
    const ScopedEnv home("HOME", "/home/me");
    std::size_t samples = 0;
    for (const auto& entry :
         fs::directory_iterator(source_tree() / "mounts.d")) {
      if (entry.path().extension() != ".sample") continue;
      CAPTURE(entry.path().string());
      ++samples;
      const TempDir dir;
      const fs::path copy = dir.path() / entry.path().stem();
      CHECK(copy.extension() == ".toml");
      fs::copy_file(entry.path(), copy);
      const auto table = load_mounts({{dir.path()}, {}});
      CAPTURE((table ? "" : table.error().detail));
      REQUIRE(table);
      CHECK(table->mounts().size() == 1);
    }
    CHECK(samples >= 6);
  }

  TEST_CASE("the default places follow the executable and the environment") {
    const TempDir dir;
    const ScopedEnv home("HOME", "/home/me");
    fs::create_directories(dir.path() / "bin");
    dir.write("bin/vfsrun", "");
    const fs::path real = fs::canonical(dir.path());
    {
      const ScopedEnv xdg("XDG_CONFIG_HOME", nullptr);
      CHECK(default_sources(dir.path() / "bin/vfsrun").directories ==
            std::vector<fs::path>{real / "share/vfsrun/mounts.d",
                                  "/etc/vfsrun/mounts.d",
                                  "/home/me/.config/vfsrun/mounts.d"});
    }
    fs::create_directories(dir.path() / "bin/mounts.d");
    fs::create_symlink(dir.path() / "bin/vfsrun", dir.path() / "link");
    const ScopedEnv xdg("XDG_CONFIG_HOME", "/xdg");
    CHECK(default_sources(dir.path() / "link").directories ==
          std::vector<fs::path>{real / "bin/mounts.d", "/etc/vfsrun/mounts.d",
                                "/xdg/vfsrun/mounts.d"});
  }
}

}  // namespace

}  // namespace vfsrun
