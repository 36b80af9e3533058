// SPDX-License-Identifier: GPL-2.0-or-later
// The cache under kill -9 and under several processes at once.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <random>

#include "gateway/cache/content_cache.hh"
#include "tests/support/fake_fetch.hh"
#include "tests/support/forked.hh"
#include "tests/support/temp_dir.hh"

namespace {

/// How many writes at an offset the process has left to live; none: no end.
std::atomic<long> writes_left{-1};

}  // namespace

/// Stands before the C library's for this whole program: SQLite's writes
/// count too. The last write gets half of its bytes down.
extern "C" ssize_t pwrite64(int fd, const void* bytes, std::size_t count,
                            off64_t offset) {
  const bool last = writes_left >= 0 && writes_left-- == 0;
  const long done =
      ::syscall(SYS_pwrite64, fd, bytes, last ? count / 2 : count, offset);
  if (last) ::kill(::getpid(), SIGKILL);
  return done;
}

namespace vfsrun {

namespace {

using test::FakeFetch;
using test::Forked;
using test::pattern;
using test::TempDir;

constexpr std::uint64_t size = 24 * cache_block_size + 99;
constexpr std::uint64_t files = 4;

/// Each file's bytes are another part of the pattern.
ByteRange shifted(std::uint64_t number, ByteRange range) {
  return {range.offset + number * (1ULL << 40), range.size};
}

FakeFetch fetch_of(std::uint64_t number, int tell = -1) {
  return FakeFetch([number, tell](ByteRange range, const ByteSink& sink,
                                  Call&) -> Result<void> {
    const auto bytes = pattern(shifted(number, range));
    for (std::size_t at = 0; at < bytes.size(); at += 7000) {
      if (tell >= 0) (void)write_all(tell, ".");
      TRY(sink(std::span(bytes).subspan(
          at, std::min<std::size_t>(7000, bytes.size() - at))));
    }
    return {};
  });
}

ContentKey key_of(std::uint64_t number) {
  return {"http://h/" + std::to_string(number), "v"};
}

std::unique_ptr<ContentCache> cache_in(const TempDir& dir) {
  return ContentCache::create(
      {.directory = dir.path() / "c", .budget = 1 << 30});
}

/// Reads random parts of all files; false when a byte was wrong.
bool read_at_random(ContentCache& cache, std::mt19937& random, int rounds,
                    bool drop, int tell) {
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t number = random() % files;
    // Without this there would soon be nothing left to fetch.
    if (drop && random() % 16 == 0) cache.drop(key_of(number));
    const auto file = cache.open(key_of(number), size).value();
    const std::uint64_t at = random() % size;
    std::vector<std::byte> out(random() % (6 * cache_block_size) + 1);
    Call call;
    const auto got = file->read(at, out, fetch_of(number, tell), call);
    if (!got) return false;
    out.resize(*got);
    if (out != pattern(shifted(number, {at, *got}))) return false;
  }
  return true;
}

/// How many blocks the cache says it holds. Each of them must be right.
std::uint64_t check_all_held(const TempDir& dir) {
  const auto cache = cache_in(dir);
  const FakeFetch refuse(
      [](auto, const auto&, auto&) -> Result<void> { return fail(EIO); });
  std::uint64_t held = 0;
  for (std::uint64_t number = 0; number < files; ++number) {
    const auto file = cache->open(key_of(number), size).value();
    for (std::uint64_t at = 0; at < size; at += cache_block_size) {
      const ByteRange range{at, std::min(cache_block_size, size - at)};
      if (!file->holds(range)) continue;
      ++held;
      std::vector<std::byte> out(range.size);
      Call call;
      REQUIRE(file->read(at, out, refuse, call));
      REQUIRE(out == pattern(shifted(number, range)));
    }
  }
  return held;
}

TEST_SUITE("gateway/cache/content_cache") {
  TEST_CASE("after kill -9 in any write every block that is held is right") {
    std::uint64_t held = 0;
    int status = -1;
    long step = 0;
    for (; status != 0; ++step) {
      CAPTURE(step);
      REQUIRE(step < 5000);
      const TempDir dir;
      Forked child([&](const Pipe&) {
        writes_left = step;
        const auto cache = cache_in(dir);
        for (std::uint64_t number = 0; number < 2; ++number) {
          std::vector<std::byte> out(size);
          Call call;
          const auto file = cache->open(key_of(number), size).value();
          if (!file->read(0, out, fetch_of(number), call)) return 1;
        }
        return 0;
      });
      status = child.wait();
      REQUIRE((status == 0 || status == 128 + SIGKILL));
      held += check_all_held(dir);
    }
    // Header, and bytes and checksums of each batch, of two files.
    CHECK(step > 2 * (1 + 2 * 4));
    CHECK(held > 0);
  }

  TEST_CASE("after kill -9 at any moment every block that is held is right") {
    std::mt19937 random(7);
    std::uint64_t held = 0;
    for (int round = 0; round < 10; ++round) {
      CAPTURE(round);
      const TempDir dir;
      for (int life = 0; life < 2; ++life) {
        const auto seed = static_cast<unsigned>(random());
        Forked child([&](const Pipe& pipe) {
          std::mt19937 own(seed);
          const auto cache = cache_in(dir);
          return read_at_random(*cache, own, 1'000'000, true,
                                pipe.write_end.get())
                     ? 0
                     : 1;
        });
        // A byte comes before each piece of a body.
        REQUIRE(child.await_bytes(1 + random() % 40));
        child.kill();
        REQUIRE(child.wait() == 128 + SIGKILL);
        held += check_all_held(dir);
      }
    }
    CHECK(held > 0);
  }

  TEST_CASE("several processes fill the same files at once") {
    const TempDir dir;
    std::vector<std::unique_ptr<Forked>> children;
    for (unsigned seed = 1; seed <= 4; ++seed) {
      children.push_back(std::make_unique<Forked>([&](const Pipe& pipe) {
        std::mt19937 own(seed);
        char byte = 0;
        (void)!::read(pipe.read_end.get(), &byte, 1);
        const auto cache = cache_in(dir);
        return read_at_random(*cache, own, 300, false, -1) ? 0 : 1;
      }));
    }
    for (const auto& child : children) child->send_byte();
    for (const auto& child : children) CHECK(child->wait() == 0);
    CHECK(check_all_held(dir) == files * 25);
  }

  TEST_CASE("blocks that another process fetches are seen while it runs") {
    const TempDir dir;
    // Made before there is a cache: a process with threads is not to fork.
    Forked child([&](const Pipe& pipe) {
      char byte = 0;
      (void)!::read(pipe.read_end.get(), &byte, 1);
      const auto other = cache_in(dir);
      std::vector<std::byte> out(size);
      Call call;
      return other->open(key_of(0), size)
                     .value()
                     ->read(0, out, fetch_of(0), call)
                 ? 0
                 : 1;
    });
    const auto cache = cache_in(dir);
    const auto file = cache->open(key_of(0), size).value();
    CHECK_FALSE(file->holds({0, size}));
    child.send_byte();
    CHECK(child.wait() == 0);
    CHECK(file->holds({0, size}));
  }
}

}  // namespace

}  // namespace vfsrun
