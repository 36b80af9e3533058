// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/fd.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

bool is_cloexec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

TEST_SUITE("gateway/base/fd") {
  TEST_CASE("a descriptor is closed by its owner, once") {
    int number = -1;
    {
      Fd first = make_memfd("x", 1).value();
      number = first.get();
      const Fd second = std::move(first);
      CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
      CHECK(second.get() == number);
      CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));
  }

  TEST_CASE("assignment closes what was owned before") {
    Fd fd = make_memfd("x", 1).value();
    const int before = fd.get();
    fd = make_memfd("y", 1).value();
    CHECK(fd.get() != before);
    CHECK_FALSE(is_open(before));
  }

  TEST_CASE("a released descriptor stays open") {
    Fd fd = make_memfd("x", 1).value();
    const Fd again(fd.release());
    CHECK_FALSE(fd);
    CHECK(is_open(again.get()));
  }

  TEST_CASE("close tells an error and leaves nothing behind") {
    Fd fd(987'654);
    CHECK(fd.close().error().code == EBADF);
    CHECK_FALSE(fd);
    Fd good = make_memfd("x", 1).value();
    CHECK(good.close());
  }

  TEST_CASE("everything made here is close-on-exec") {
    const test::TempDir dir;
    const Fd memory = make_memfd("x", 1).value();
    const Fd copy = memory.duplicate().value();
    const Pipe pipe = Pipe::create().value();
    const Fd file =
        open_file((dir.path() / "f").string(), O_RDWR | O_CREAT, 0600).value();
    for (const int fd : {memory.get(), copy.get(), pipe.read_end.get(),
                         pipe.write_end.get(), file.get()})
      CHECK(is_cloexec(fd));
    REQUIRE(make_inheritable(copy.get()));
    CHECK_FALSE(is_cloexec(copy.get()));
  }

  TEST_CASE("a copy stays clear of the standard descriptors") {
    CHECK(make_memfd("x", 1).value().duplicate().value().get() >= 3);
  }

  TEST_CASE("an open that fails names the file") {
    const auto fd = open_file("/nowhere/at/all", O_RDONLY);
    CHECK(fd.error().code == ENOENT);
    CHECK(fd.error().detail ==
          "open /nowhere/at/all: No such file or directory");
  }

  TEST_CASE("all is written and read over short transfers") {
    Pipe pipe = Pipe::create().value();
    const std::string text(300'000, 'x');  // several times the pipe's size
    const pid_t child = ::fork();
    if (child == 0) ::_exit(write_all(pipe.write_end.get(), text) ? 0 : 1);
    pipe.write_end.reset();
    CHECK(read_all(pipe.read_end.get(), text.size()).value() == text);
    int status = -1;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    CHECK(status == 0);
  }

  TEST_CASE("reading is bounded") {
    Pipe pipe = Pipe::create().value();
    REQUIRE(write_all(pipe.write_end.get(), "12345"));
    pipe.write_end.reset();
    CHECK(read_all(pipe.read_end.get(), 4).error().code == EFBIG);
  }

  TEST_CASE("errors of reading and writing are told") {
    CHECK(read_all(-1, 10).error().code == EBADF);
    CHECK(write_all(-1, "x").error().code == EBADF);
    CHECK(write_all(-1, ""));
  }

  TEST_CASE("mappings of one descriptor show the same bytes") {
    const Fd fd = make_memfd("x", 100).value();
    auto one = MappedRegion::map(fd.get(), 100, true).value();
    const auto two = MappedRegion::map(fd.get(), 100, false).value();
    one.data()[7] = std::byte{42};
    CHECK(two.data()[7] == std::byte{42});
    const MappedRegion moved = std::move(one);
    CHECK(one.data() == nullptr);  // NOLINT(bugprone-use-after-move)
    CHECK(moved.size() == 100);
  }

  TEST_CASE("a mapping longer than its file is refused") {
    const Fd fd = make_memfd("x", 100).value();
    CHECK(MappedRegion::map(fd.get(), 101, true).error().code == EINVAL);
    CHECK(MappedRegion::map(-1, 1, true).error().code == EBADF);
  }
}

}  // namespace

}  // namespace vfsrun
