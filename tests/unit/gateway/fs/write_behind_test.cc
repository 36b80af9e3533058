// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes on their way to the server, as whole operations see them.
#include "gateway/fs/write_behind.hh"

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

TEST_SUITE_BEGIN("gateway/fs/write_behind");

TEST_CASE("reads see what was written, through every open") {
  LiveRig rig;
  rig.live().put("/f", "aaaaaaaa");
  const Ino ino = rig.node("/live/f");
  const Opened one = rig.open(ino, O_RDWR).value();
  const Opened two = rig.open(ino, O_RDWR).value();
  rig.live().server().pause();
  CHECK(code(rig.write(one.handle, 2, "bb")) == 0);
  auto read = std::async(std::launch::async,
                         [&] { return rig.read(two.handle, 0, 8).value(); });
  auto attr = std::async(std::launch::async, [&] {
    Call call;
    return rig.fs().attributes(ino, call).value().attr.size;
  });
  rig.live().server().resume();
  CHECK(read.get() == "aabbaaaa");
  CHECK(attr.get() == 8);
}

TEST_CASE("the order of overlapping writes is kept, whichever open they use") {
  LiveRig rig;
  rig.live().put("/f", "");
  const Ino ino = rig.node("/live/f");
  const Opened one = rig.open(ino, O_WRONLY).value();
  const Opened two = rig.open(ino, O_WRONLY).value();
  for (int round = 0; round < 50; ++round) {
    CHECK(code(rig.write(one.handle, 0, "first")) == 0);
    CHECK(code(rig.write(two.handle, 2, "second")) == 0);
    CHECK(code(rig.write(one.handle, 7, "third")) == 0);
  }
  CHECK(code(rig.close(one.handle)) == 0);
  CHECK(code(rig.close(two.handle)) == 0);
  CHECK(rig.live().content("/f") == "fiseconthird");
}

TEST_CASE("an error is told once to each open file") {
  LiveRig rig;
  rig.live().put("/f", "");
  const Ino ino = rig.node("/live/f");
  for (const int error : {ENOSPC, EACCES, EDQUOT}) {
    const Opened one = rig.open(ino, O_WRONLY).value();
    const Opened two = rig.open(ino, O_WRONLY).value();
    rig.live().server().fail_with("write", Error{error, {}}, 1);
    CHECK(code(rig.write(one.handle, 0, "text")) == 0);
    CHECK(code(rig.fs().sync(one.handle, rig.call)) == error);
    CHECK(code(rig.fs().sync(one.handle, rig.call)) == 0);
    CHECK(code(rig.close(one.handle)) == 0);
    CHECK(code(rig.fs().flush(two.handle, rig.call)) == error);
    CHECK(code(rig.close(two.handle)) == 0);
    // Who opens it later has nothing to do with it.
    const Opened three = rig.open(ino, O_WRONLY).value();
    CHECK(code(rig.close(three.handle)) == 0);
  }
}

TEST_CASE("an error comes with the next write, which is not done") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  rig.live().server().fail_with("write", Error{ENOSPC, {}}, 1);
  CHECK(code(rig.write(made.opened.handle, 0, "text")) == 0);
  rig.live().server().await_waiting(0);
  while (rig.live().count("write") == 0) std::this_thread::yield();
  CHECK(code(rig.fs().attributes(made.entry.ino, rig.call)) == 0);
  CHECK(code(rig.write(made.opened.handle, 4, "more")) == ENOSPC);
  CHECK(code(rig.write(made.opened.handle, 4, "more")) == 0);
  CHECK(code(rig.close(made.opened.handle)) == 0);
}

TEST_CASE("fsync asks the server, if it can") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  CHECK(code(rig.write(made.opened.handle, 0, "text")) == 0);
  CHECK(code(rig.fs().sync(made.opened.handle, rig.call)) == 0);
  CHECK(rig.live().count("sync") == 1);
  rig.live().server().fail_with("sync", Error{EOPNOTSUPP, {}});
  CHECK(code(rig.fs().sync(made.opened.handle, rig.call)) == 0);
  rig.live().server().fail_with("sync", Error{EIO, {}});
  CHECK(code(rig.fs().sync(made.opened.handle, rig.call)) == EIO);
}

TEST_CASE("whoever waits for a server that stands still can be stopped") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  rig.live().server().pause();
  CHECK(code(rig.write(made.opened.handle, 0, "text")) == 0);
  for (int operation = 0; operation < 4; ++operation) {
    CAPTURE(operation);
    std::stop_source stop;
    auto waiter = std::async(std::launch::async, [&] {
      Call call;
      call.stop = stop.get_token();
      std::array<std::byte, 4> room;
      switch (operation) {
        case 0:
          return code(rig.fs().flush(made.opened.handle, call));
        case 1:
          return code(rig.fs().sync(made.opened.handle, call));
        case 2:
          return code(rig.fs().read(made.opened.handle, 0, room, call));
        default:
          return code(rig.fs().attributes(made.entry.ino, call));
      }
    });
    CHECK(waiter.wait_for(20ms) == std::future_status::timeout);
    stop.request_stop();
    CHECK(waiter.get() == EINTR);
  }
  rig.live().server().resume();
  CHECK(code(rig.close(made.opened.handle)) == 0);
  CHECK(rig.live().content("/f") == "text");
}

TEST_CASE("memory for bytes in flight is bounded, and a stop ends the wait") {
  LiveRig rig;
  const auto made = rig.create("f").value();
  rig.live().server().pause();
  const std::string large(1024 * 1024, 'x');
  std::stop_source stop;
  std::atomic<int> taken = 0;
  auto writer = std::async(std::launch::async, [&] {
    Call call;
    call.stop = stop.get_token();
    for (;; ++taken) {
      const Result<void> done = rig.fs().write(
          made.opened.handle, static_cast<std::uint64_t>(taken) * large.size(),
          bytes(large), Filesystem::Where::as_opened, call);
      if (!done) return done.error().code;
    }
  });
  rig.live().server().await_waiting(WriteBehind::window / large.size());
  CHECK(writer.wait_for(20ms) == std::future_status::timeout);
  stop.request_stop();
  CHECK(writer.get() == EINTR);
  CHECK(taken == WriteBehind::window / large.size());
  rig.live().server().resume();
  CHECK(code(rig.close(made.opened.handle)) == 0);
  CHECK(rig.live().content("/f")->size() == WriteBehind::window);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
