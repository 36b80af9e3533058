// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/log.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <thread>
#include <vector>

#include "gateway/base/fd.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

using test::TempDir;

/// Sends the log to a file of its own, and back to stderr at the end.
class LogFile {
 public:
  explicit LogFile(log::Level level = log::Level::info) {
    REQUIRE(log::configure({.program = "test", .level = level, .file = path_}));
  }

  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  ~LogFile() { (void)log::configure({.program = "vfsrun", .file = {}}); }

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] std::string text() const {
    const Fd fd = open_file(path_, O_RDONLY).value();
    return read_all(fd.get(), 1 << 20).value();
  }

  /// Without the time stamp.
  [[nodiscard]] std::string line() const {
    const std::string all = text();
    const std::size_t start = all.find(": ");
    return start == all.npos ? "" : all.substr(start + 2);
  }

 private:
  TempDir dir_;
  std::string path_ = (dir_.path() / "log").string();
};

TEST_SUITE("gateway/base/log") {
  TEST_CASE("a line in the file has time, program, pid and level") {
    const LogFile file;
    LOG(warn, "{} of {}", 1, "two");
    const std::string text = file.text();
    CHECK(text.find(" test[" + std::to_string(::getpid()) +
                    "] warning: 1 of two\n") != std::string::npos);
  }

  TEST_CASE("what is below the level is not even formatted") {
    const LogFile file(log::Level::warn);
    int formatted = 0;
    const auto count = [&] { return ++formatted; };
    LOG(info, "{}", count());
    CHECK(formatted == 0);
    CHECK(file.text().empty());
    LOG(error, "{}", count());
    CHECK(formatted == 1);
  }

  TEST_CASE("control characters never reach a terminal") {
    struct Case {
      std::string_view text;
      std::string_view line;
    };

    for (const auto& [text, line] :
         {Case{"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d\n"},
          Case{"\x1b[2J", "\\x1b[2J\n"}, Case{"\x7f", "\\x7f\n"},
          Case{"caf\xc3\xa9 {} %v", "caf\xc3\xa9 {} %v\n"},
          // U+009B, which terminals read as ESC [
          Case{"\xc2\x9b"
               "2J",
               "\\xc2\\x9b2J\n"},
          // no UTF-8: what an 8-bit terminal would read as ESC [
          Case{"\x9b"
               "2J\xc3\xa9",
               "\\x9b2J\\xc3\\xa9\n"}}) {
      const LogFile file;
      log::write(log::Level::warn, text);
      CHECK(file.line() == line);
    }
  }

  TEST_CASE("lines of several threads are not mixed") {
    const LogFile file;
    {
      std::vector<std::jthread> writers;
      for (int i = 0; i < 4; ++i)
        writers.emplace_back([] {
          for (int n = 0; n < 200; ++n)
            log::write(log::Level::info, std::string(100, 'x'));
        });
    }
    std::size_t lines = 0;
    const std::string text = file.text();
    for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; ++at) {
      ++lines;
      CHECK(text.substr(at - 102, 102) == ": " + std::string(100, 'x'));
    }
    CHECK(lines == 800);
  }

  TEST_CASE("a file that cannot be opened is an error, its folder not made") {
    const TempDir dir;
    const auto done = log::configure(
        {.program = "test", .file = (dir.path() / "no/log").string()});
    CHECK_FALSE(done);
    CHECK_FALSE(boost::filesystem::exists(dir.path() / "no"));
  }

  TEST_CASE("the file is for its owner only") {
    const LogFile file;

    struct stat info {};

    REQUIRE(::stat(file.path().c_str(), &info) == 0);
    CHECK((info.st_mode & 077) == 0);
  }

  TEST_CASE("after leaving stderr nothing is written to it any more") {
    const TempDir dir;
    const std::string path = (dir.path() / "stderr").string();
    const Fd saved(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
    const Fd target = open_file(path, O_RDWR | O_CREAT, 0600).value();
    REQUIRE(::dup2(target.get(), STDERR_FILENO) == STDERR_FILENO);
    REQUIRE(log::configure({.program = "test", .file = {}}));
    log::write(log::Level::warn, "before");
    log::leave_stderr();
    log::write(log::Level::error, "after");
    // Nobody who waits for the end of a pipe waits for us.
    CHECK(boost::filesystem::read_symlink("/proc/self/fd/2") == "/dev/null");
    REQUIRE(::dup2(saved.get(), STDERR_FILENO) == STDERR_FILENO);
    REQUIRE(log::configure({.program = "vfsrun", .file = {}}));
    const Fd written = open_file(path, O_RDONLY).value();
    CHECK(read_all(written.get(), 1000).value() == "test: before\n");
  }

  TEST_CASE("a log file goes on after stderr is left") {
    const LogFile file;
    const Fd saved(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
    log::leave_stderr();
    LOG(warn, "still here");
    REQUIRE(::dup2(saved.get(), STDERR_FILENO) == STDERR_FILENO);
    CHECK(file.line() == "still here\n");
  }
}

}  // namespace

}  // namespace vfsrun
