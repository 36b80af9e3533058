// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/file.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/support/sftp_rig.hh"

TEST_SUITE_BEGIN("backends/sftp/file.cc");

using namespace vfsrun;
using namespace vfsrun::test;

namespace {

constexpr OpenMode for_both{.read = true, .write = true};
constexpr OpenMode for_new{.read = true, .write = true, .create = true};

std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& each : text) each = static_cast<char>(random());
  return text;
}

/// Results of what was started, in the order of their coming.
struct Results {
  LiveFile::Done next() {
    ++wanted;
    return [this](Result<void> result) {
      const std::lock_guard lock(mutex);
      codes.push_back(code_of(result));
      came.notify_all();
    };
  }

  std::vector<int> all() {
    std::unique_lock lock(mutex);
    came.wait(lock, [&] { return codes.size() == wanted; });
    return codes;
  }

  std::mutex mutex;
  std::condition_variable came;
  std::vector<int> codes;
  std::size_t wanted = 0;
};

}  // namespace

TEST_CASE("bytes are written and read at any place, short at the end") {
  SftpRig rig;
  const std::string text = random_text(3'000'000, 1);
  auto file = rig.open("new", for_new);
  REQUIRE(file->write(0, bytes_of(text), rig.call));
  CHECK(rig.local_text("new") == text);
  CHECK(rig.read(*file) == text);
  CHECK(rig.read(*file, {2'999'990, 100}) == text.substr(2'999'990));
  CHECK(rig.read(*file, {5'000'000, 100}) == "");
  REQUIRE(file->write(3'000'010, bytes_of("end"), rig.call));
  CHECK(file->attributes(rig.call)->size == 3'000'013);
  REQUIRE(file->change(new_size(5), rig.call));
  CHECK(rig.read(*file) == text.substr(0, 5));
  REQUIRE(file->sync(rig.call));
  CHECK(file->close(rig.call));
}

TEST_CASE("what is started takes effect in its order") {
  SftpRig rig;
  auto file = rig.open("new", for_new);
  const std::string first = random_text(1'000'000, 2);
  const std::string second = random_text(1'000'000, 3);
  Results results;
  file->start_write(0, bytes_of(first), results.next());
  file->start_write(0, bytes_of(second), results.next());
  file->start_change(new_size(700'000), results.next());
  file->start_write(700'000, bytes_of("tail"), results.next());
  file->start_change(new_dates(1'000'000'000, 1'000'000'001), results.next());
  CHECK(rig.read(*file) == second.substr(0, 700'000) + "tail");
  CHECK(results.all() == std::vector<int>(5, 0));
  CHECK(file->attributes(rig.call)->modified == 1'000'000'001);
}

TEST_CASE("what is given up is told so before the file has gone") {
  SftpRig rig;
  rig.folder.write("file", "x");
  auto file = rig.open("file", for_both);
  const std::string text = random_text(100'000, 4);
  rig.servers.signal_all(SIGSTOP);
  Results results;
  file->start_write(0, bytes_of(text), results.next());
  file->start_write(0, bytes_of(text), results.next());
  file.reset();
  CHECK(results.codes == std::vector<int>{EINTR, EINTR});
  rig.servers.signal_all(SIGCONT);
}

TEST_CASE("a server that dies is followed by another, in mid-read") {
  SftpRig rig;
  const std::string text = random_text(40'000'000, 5);
  rig.folder.write("file", text);
  auto file = rig.open("file", {.read = true});
  std::string got;
  Call call;
  const auto done = file->read(
      {0, text.size()},
      [&](std::span<const std::byte> bytes) -> Result<void> {
        if (got.empty()) rig.servers.kill_all();
        got.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
      },
      call);
  REQUIRE(done);
  CHECK((got == text));
  CHECK(rig.servers.started() == 2);
}

TEST_CASE("unanswered writes are done again on the next connection") {
  SftpRig rig;
  auto file = rig.open("file", for_new);
  std::string model(8'000'000, '\0');
  Results results;
  std::vector<std::string> pieces;
  pieces.reserve(80);
  for (unsigned i = 0; i < 80; ++i) {
    pieces.push_back(random_text(100'000, i));
    const std::size_t at = std::size_t{i % 40} * 200'000;
    model.replace(at, 100'000, pieces.back());
    file->start_write(at, bytes_of(pieces.back()), results.next());
    if (i % 20 == 10) rig.servers.kill_all();
  }
  CHECK(results.all() == std::vector<int>(80, 0));
  const std::string now = rig.local_text("file");
  CHECK(now.size() == 39 * 200'000 + 100'000);
  CHECK((now == model.substr(0, now.size())));
  CHECK(file->close(rig.call));
}

TEST_CASE("another file under the name is ESTALE, not its bytes") {
  SftpRig rig;
  rig.folder.write("file", "the old one");
  auto file = rig.open("file", for_both);
  CHECK(rig.read(*file) == "the old one");
  SUBCASE("of another size") { rig.folder.write("file", "new"); }
  SUBCASE("of the same size, another date") {
    rig.folder.write("file", "THE NEW ONE");
    const timespec times[2] = {{5, 0}, {5, 0}};
    REQUIRE(::utimensat(AT_FDCWD, rig.local("file").c_str(), times, 0) == 0);
  }
  SUBCASE("gone") { REQUIRE(::unlink(rig.local("file").c_str()) == 0); }
  rig.servers.kill_all();
  CHECK(code_of(rig.read(*file)) == ESTALE);
  CHECK(code_of(file->write(0, bytes_of("x"), rig.call)) == ESTALE);
  CHECK(code_of(file->close(rig.call)) == 0);
}

TEST_CASE("after its own writes it is the same file still") {
  SftpRig rig;
  auto file = rig.open("file", for_new);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(
        file->write(std::uint64_t(i) * 10, bytes_of("0123456789"), rig.call));
    rig.servers.kill_all();
  }
  CHECK(rig.read(*file)->size() == 50);
  rig.servers.kill_all();
  CHECK(file->close(rig.call));
}

TEST_CASE("a write to a server that falls silent fails for good") {
  SftpRig rig(std::chrono::milliseconds(300));
  auto file = rig.open("file", for_new);
  REQUIRE(file->write(0, bytes_of("before"), rig.call));
  rig.servers.signal_all(SIGSTOP);
  CHECK(code_of(file->write(0, bytes_of("unsure"), rig.call)) == EIO);
  CHECK(code_of(file->write(0, bytes_of("later"), rig.call)) == EIO);
  CHECK(code_of(rig.read(*file)) == EIO);
  rig.servers.signal_all(SIGCONT);
  rig.servers.kill_all();
}

TEST_CASE("a read from a server that falls silent goes to another") {
  SftpRig rig(std::chrono::milliseconds(300));
  rig.folder.write("file", "text");
  auto file = rig.open("file", {.read = true});
  rig.servers.signal_all(SIGSTOP);
  CHECK(rig.read(*file) == "text");
  CHECK(rig.servers.started() == 2);
}

TEST_CASE("whoever waits leaves when he is told to") {
  SftpRig rig;
  rig.folder.write("file", "text");
  auto file = rig.open("file", for_both);
  rig.servers.signal_all(SIGSTOP);
  std::stop_source stop;
  Call call;
  call.stop = stop.get_token();
  std::jthread later([&] { stop.request_stop(); });
  CHECK(code_of(file->write(0, bytes_of("x"), call)) == EINTR);
  CHECK(code_of(file->attributes(call)) == EINTR);
  CHECK(code_of(rig.backend->stat(rig.at("file"), nullptr, call)) == EINTR);
  Call late;
  late.deadline = std::chrono::steady_clock::now();
  CHECK(code_of(file->attributes(late)) == ETIMEDOUT);
  rig.servers.signal_all(SIGCONT);
}

TEST_CASE("a server that is away fails new questions, holds up old ones") {
  SftpRig rig;
  rig.folder.write("file", "text");
  auto file = rig.open("file", {.read = true});
  rig.servers.accept(false);
  rig.servers.kill_all();
  // Where the loss is noticed only now, it would wait, too.
  Call hasty;
  hasty.deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  CHECK(code_of(rig.backend->stat(rig.at("file"), nullptr, hasty)) != 0);
  std::jthread later([&] {
    rig.servers.wait_for_refusals(2);
    rig.servers.accept(true);
  });
  CHECK(rig.read(*file) == "text");
}

TEST_SUITE_END();
