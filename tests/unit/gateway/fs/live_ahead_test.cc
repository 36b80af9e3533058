// SPDX-License-Identifier: GPL-2.0-or-later
// Walks of stores that are changed in place.
#include "gateway/fs/live_ahead.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/core.h>

#include <thread>

#include "tests/support/live_rig.hh"

namespace vfsrun {
namespace {

using namespace std::chrono_literals;
using test::code;
using test::LiveRig;

constexpr int count = 20;

std::string name_of(int number) { return fmt::format("f{:02}", number); }

/// /live/d with files that a program has listed and begun to open.
struct Walked {
  Walked() {
    rig.live().put_directory("/d");
    for (int i = 0; i < count; ++i)
      rig.live().put("/d/" + name_of(i), "text of " + name_of(i));
    CHECK(rig.names("/live/d").size() == count);
  }

  std::string read(int number) {
    const Ino ino = rig.node("/live/d/" + name_of(number));
    const Opened opened = rig.open(ino, O_RDONLY).value();
    const auto text = rig.read(opened.handle, 0, 100).value();
    CHECK(code(rig.close(opened.handle)) == 0);
    return text;
  }

  /// Opens the first two, so that the next ones are opened ahead.
  void begin() {
    CHECK(read(0) == "text of f00");
    CHECK(read(1) == "text of f01");
    wait_for([&] { return rig.live().count("fstat") >= 3; });
  }

  template <class Condition>
  static void wait_for(Condition condition) {
    for (int tries = 0; tries < 5000 && !condition(); ++tries)
      std::this_thread::sleep_for(2ms);
    REQUIRE(condition());
  }

  LiveRig rig;
};

TEST_SUITE_BEGIN("gateway/fs/live_ahead");

TEST_CASE("the next files of a walk are open and read before they are wanted") {
  Walked walked;
  walked.begin();
  const auto reads = walked.rig.live().count("read");
  for (int i = 2; i < count; ++i)
    CHECK(walked.read(i) == "text of " + name_of(i));
  // Whoever comes first opens a file, and nobody does it again; only one that
  // is just begun by both may be opened twice.
  CHECK(walked.rig.live().count("open") >= count);
  CHECK(walked.rig.live().count("open") <= count + 3);
  CHECK(reads >= 3);
  CHECK(walked.rig.live().count("stat") == 1);  // of the directory
  CHECK(walked.rig.live().count("list") == 1);
}

TEST_CASE("a file that was opened ahead costs no request") {
  Walked walked;
  walked.begin();
  // Nobody answers any more, and nobody has to.
  walked.rig.live().server().fail_with("open", {EIO, {}});
  walked.rig.live().server().fail_with("read", {EIO, {}});
  CHECK(walked.read(2) == "text of f02");
  // Given once: the next open is one of its own.
  const Ino ino = walked.rig.node("/live/d/f02");
  CHECK(code(walked.rig.open(ino, O_RDONLY)) == EIO);
}

TEST_CASE("what nobody came for is closed after max_age") {
  Walked walked;
  walked.begin();
  Walked::wait_for([&] { return walked.rig.live().open_files() >= 1; });
  walked.rig.clock().advance(6s);
  Walked::wait_for([&] { return walked.rig.live().open_files() == 0; });
}

TEST_CASE("what others have changed is seen after max_age, never mixed") {
  Walked walked;
  walked.begin();
  walked.rig.live().set_time(1'600'000'100);
  walked.rig.live().put("/d/f02", "new text");
  walked.rig.clock().advance(6s);
  CHECK(walked.read(2) == "new text");
}

TEST_CASE("what was changed here meanwhile is seen at once") {
  Walked walked;
  walked.begin();
  const Ino ino = walked.rig.node("/live/d/f02");
  const Opened opened = walked.rig.open(ino, O_WRONLY).value();
  // As long as before, and with its old time, as rsync leaves files.
  CHECK(code(walked.rig.write(opened.handle, 0, "TEXT OF F02")) == 0);
  AttrRequest times;
  times.change.modified = times.change.accessed = 1'600'000'000;
  CHECK(code(walked.rig.fs().change(ino, times, opened.handle,
                                    walked.rig.call)) == 0);
  CHECK(code(walked.rig.close(opened.handle)) == 0);
  CHECK(walked.read(2) == "TEXT OF F02");
}

TEST_CASE("a file that took the name of one opened ahead is another") {
  Walked walked;
  walked.begin();
  walked.rig.live().put("/d/new", "NEW");
  const Ino above = walked.rig.node("/live/d");
  walked.rig.clock().advance(6s);
  (void)walked.rig.node("/live/d/new");
  CHECK(code(walked.rig.fs().rename(above, "new", above, "f02",
                                    LiveTree::Over::replace,
                                    walked.rig.call)) == 0);
  CHECK(walked.read(2) == "NEW");
}

TEST_CASE("a file that cannot be had ahead is the program's to try") {
  Walked walked;
  walked.rig.live().server().fail_with("fstat", {EIO, {}});
  CHECK(walked.read(0) == "text of f00");
  CHECK(walked.read(1) == "text of f01");
  CHECK(walked.rig.live().count("open") >= 3);
  CHECK(walked.read(2) == "text of f02");
  Walked::wait_for([&] { return walked.rig.live().open_files() == 0; });
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
