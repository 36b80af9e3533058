// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/child.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <csignal>
#include <cstdint>

#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

using test::ScopedEnv;
using test::TempDir;

/// What a shell command writes to its standard output.
std::string output_of(const std::string& command,
                      std::vector<Inherit> inherit = {}) {
  Pipe pipe = Pipe::create().value();
  inherit.push_back({pipe.write_end.get(), 1});
  Child child = Child::spawn({"sh", "-c", command}, inherit).value();
  pipe.write_end.reset();
  const std::string text = read_all(pipe.read_end.get(), 1 << 20).value();
  CHECK(child.wait().value() == 0);
  return text;
}

TEST_SUITE("gateway/base/child") {
  TEST_CASE("the exit status and the signal are told") {
    const auto status = [](const char* command) {
      return Child::spawn({"sh", "-c", command}).value().wait().value();
    };
    CHECK(WEXITSTATUS(status("exit 7")) == 7);
    CHECK(WTERMSIG(status("kill -TERM $$")) == SIGTERM);
  }

  TEST_CASE("a program that is not there is an error of starting") {
    const auto child = Child::spawn({"no-such-program-here"});
    REQUIRE_FALSE(child);
    CHECK(child.error().code == ENOENT);
    CHECK(child.error().detail.starts_with("start no-such-program-here: "));
  }

  TEST_CASE("a dropped child is killed and waited for") {
    pid_t pid = -1;
    {
      const Child child = Child::spawn({"sleep", "1000"}).value();
      pid = child.pid();
      CHECK(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) == -1);
    CHECK(errno == ESRCH);
  }

  TEST_CASE("polling tells nothing while it runs, then the status") {
    Pipe pipe = Pipe::create().value();
    Child child = Child::spawn({"cat"}, {{pipe.read_end.get(), 0}}).value();
    CHECK(child.poll().value() == std::nullopt);
    pipe.write_end.reset();
    std::optional<int> status;
    while (!status) status = child.poll().value();
    CHECK(*status == 0);
    // It has been waited for: nobody else's child is taken instead.
    CHECK(child.wait().error().code == ECHILD);
    CHECK(child.poll().error().code == ECHILD);
  }

  TEST_CASE("assignment ends the child that was owned before") {
    Child child = Child::spawn({"sleep", "1000"}).value();
    const pid_t before = child.pid();
    child = Child::spawn({"sleep", "1000"}).value();
    CHECK(::kill(before, 0) == -1);
    CHECK(::kill(child.pid(), 0) == 0);
  }

  TEST_CASE("a released child runs on") {
    Child child = Child::spawn({"sleep", "1000"}).value();
    const pid_t pid = child.release();
    CHECK(::kill(pid, 0) == 0);
    ::kill(pid, SIGKILL);
    int status = 0;
    CHECK(::waitpid(pid, &status, 0) == pid);
  }

  TEST_CASE("nothing is inherited but what is named") {
    // Not close-on-exec, as what came from our own parent may be.
    const Pipe other = Pipe::create().value();
    REQUIRE(make_inheritable(other.read_end.get()));
    const Fd high(::fcntl(other.read_end.get(), F_DUPFD, 700));
    // 0 and 2 lead nowhere; the listing itself has one open.
    CHECK(output_of("readlink /proc/self/fd/0 /proc/self/fd/2") ==
          "/dev/null\n/dev/null\n");
    CHECK(output_of("ls /proc/self/fd") == "0\n1\n2\n3\n");
  }

  TEST_CASE("descriptors may change places") {
    Pipe a = Pipe::create().value();
    Pipe b = Pipe::create().value();
    REQUIRE(write_all(a.write_end.get(), "a"));
    REQUIRE(write_all(b.write_end.get(), "b"));
    a.write_end.reset();
    b.write_end.reset();
    const Fd five(::fcntl(a.read_end.get(), F_DUPFD_CLOEXEC, 50));
    const Fd six(::fcntl(b.read_end.get(), F_DUPFD_CLOEXEC, 50));
    const std::string by_proc = "cat /proc/self/fd/" +
                                std::to_string(five.get()) + " /proc/self/fd/" +
                                std::to_string(six.get());
    CHECK(output_of(by_proc, {{five.get(), six.get()},
                              {six.get(), five.get()}}) == "ba");
  }

  TEST_CASE("the child starts with no signal blocked or ignored") {
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    const auto old = std::signal(SIGPIPE, SIG_IGN);
    const std::string text =
        output_of("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    std::signal(SIGPIPE, old);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    // Signals 32 and 33 are the C library's own and stay as they were.
    constexpr std::uint64_t ordinary = 0x7fffffff;
    for (const char* field : {"SigBlk:\t", "SigIgn:\t"}) {
      const std::size_t at = text.find(field);
      REQUIRE(at != text.npos);
      CHECK((std::stoull(text.substr(at + 8), nullptr, 16) & ordinary) == 0);
    }
  }

  TEST_CASE("programs are found in PATH, folders are not programs") {
    const TempDir dir;
    boost::filesystem::create_directories(dir.path() / "a/tool");
    const auto tool = dir.write("b/tool", "#!/bin/sh\n");
    dir.write("a/plain", "no program");
    const std::string path =
        (dir.path() / "a").string() + "::" + (dir.path() / "b").string();
    const ScopedEnv scoped("PATH", path.c_str());
    CHECK_FALSE(find_in_path("tool"));
    REQUIRE(::chmod(tool.c_str(), 0755) == 0);
    CHECK(find_in_path("tool") == tool.string());
    CHECK_FALSE(find_in_path("plain"));
    CHECK_FALSE(find_in_path("none"));
  }
}

}  // namespace

}  // namespace vfsrun
