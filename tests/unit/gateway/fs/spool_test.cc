// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/spool.hh"

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/support/live_rig.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun {
namespace {

namespace fs = boost::filesystem;
using test::code;
using test::LiveRig;
using test::path_of;
using test::TempDir;

LostBytes piece(std::uint64_t offset, std::string_view text) {
  const auto view = test::bytes(text);
  return {offset, {view.begin(), view.end()}};
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file.string(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

mode_t mode_of(const fs::path& file) {
  struct stat info {};

  REQUIRE(::stat(file.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

/// The one entry of a spool.
fs::path entry_of(const fs::path& spool) {
  REQUIRE(fs::exists(spool));
  std::vector<fs::path> entries(fs::directory_iterator(spool), {});
  REQUIRE(entries.size() == 1);
  return entries.front();
}

TEST_SUITE_BEGIN("gateway/fs/spool");

TEST_CASE("what is kept can be written again, and nobody else can read it") {
  const TempDir folder;
  const Spool spool(folder.path() / "a" / "spool");
  const std::vector<LostBytes> lost{piece(2, "cd"), piece(100'000, "end"),
                                    piece(3, "D")};
  const fs::path entry = spool.keep(path_of("/sftp/h/it's $x"), lost).value();
  CHECK(mode_of(folder.path() / "a") == 0700);
  CHECK(mode_of(entry) == 0700);
  CHECK(mode_of(entry / "data") == 0600);
  CHECK(mode_of(entry / "restore") == 0700);
  CHECK(text_of(entry / "restore").find("'/sftp/h/it'\\''s $x'") !=
        std::string::npos);
  const fs::path file = folder.path() / "file with 'quotes'";
  std::ofstream(file.string()) << "ab";
  const std::string command =
      fmt::format("sh '{}/restore' \"{}\"", entry.string(), file.string());
  REQUIRE(std::system(command.c_str()) == 0);
  const std::string text = text_of(file);
  CHECK(text.size() == 100'003);
  CHECK(text.substr(0, 4) == "abcD");
  CHECK(text.substr(100'000) == "end");
}

TEST_CASE("a spool is bounded, and is a directory of one's own") {
  const TempDir folder;
  const std::vector<LostBytes> lost{piece(0, std::string(20'000, 'x'))};
  const Spool small(folder.path() / "s", 30'000);
  CHECK(code(small.keep(path_of("/f"), lost)) == 0);
  CHECK(code(small.keep(path_of("/f"), lost)) == ENOSPC);
  fs::create_directory(folder.path() / "open");
  fs::permissions(folder.path() / "open", fs::all_all);
  CHECK(code(Spool(folder.path() / "open").keep(path_of("/f"), lost)) == EPERM);
  fs::create_symlink(folder.path() / "s", folder.path() / "link");
  CHECK(code(Spool(folder.path() / "link").keep(path_of("/f"), lost)) == EPERM);
}

TEST_CASE("bytes that a lost connection took along are kept, and told of") {
  for (const int error : {EIO, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ESTALE}) {
    CAPTURE(error);
    LiveRig rig;
    const auto made = rig.create("f").value();
    rig.live().server().fail_with("write", Error{error, {}});
    CHECK(code(rig.write(made.opened.handle, 3, "text")) == 0);
    CHECK(code(rig.fs().sync(made.opened.handle, rig.call)) == EIO);
    CHECK(code(rig.close(made.opened.handle)) == 0);
    CHECK(text_of(entry_of(rig.spool()) / "data") ==
          std::string("\0\0\0text", 7));
  }
}

TEST_CASE("what the server refuses is told, and not kept") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  rig.live().server().fail_with("write", Error{ENOSPC, {}});
  CHECK(code(rig.write(made.opened.handle, 0, "text")) == 0);
  CHECK(code(rig.close(made.opened.handle)) == ENOSPC);
  CHECK_FALSE(fs::exists(rig.spool()));
}

TEST_CASE("the end of the gateway waits for writes, then keeps them") {
  using namespace std::chrono_literals;
  LiveRig rig;
  const auto done = rig.create("done").value();
  CHECK(code(rig.write(done.opened.handle, 0, "done")) == 0);
  rig.fs().end(std::chrono::steady_clock::now() + 60s);
  CHECK(rig.live().content("/done") == "done");
  CHECK_FALSE(fs::exists(rig.spool()));
  CHECK(code(rig.write(done.opened.handle, 0, "more")) == EIO);

  LiveRig other;
  const auto stuck = other.create("stuck").value();
  other.live().server().pause();
  CHECK(code(other.write(stuck.opened.handle, 0, "stuck")) == 0);
  other.fs().end(std::chrono::steady_clock::now() + 10ms);
  CHECK(text_of(entry_of(other.spool()) / "data") == "stuck");
  other.live().server().resume();
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
