// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/content_cache_budget.hh"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <csignal>
#include <fstream>
#include <numeric>

#include "gateway/base/log.hh"
#include "gateway/cache/content_cache.hh"
#include "tests/support/fake_fetch.hh"
#include "tests/support/forked.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

namespace fs = boost::filesystem;
using test::FakeFetch;
using test::Forked;
using test::pattern;
using test::TempDir;

constexpr std::uint64_t size = 1 << 20;

ContentKey key_of(int number) {
  return {"http://h/" + std::to_string(number), "v"};
}

void fill(ContentCache& cache, int number) {
  cache.open(key_of(number), size).value()->store(0, pattern({0, size}));
}

bool holds(ContentCache& cache, int number) {
  return cache.open(key_of(number), size).value()->holds({0, size});
}

std::uint64_t bytes_in(const fs::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(directory / "objects")) {
    struct stat info {};

    REQUIRE(::stat(entry.path().c_str(), &info) == 0);
    bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return bytes;
}

std::unique_ptr<ContentCache> cache_in(const TempDir& dir,
                                       std::uint64_t budget = 1 << 30) {
  return ContentCache::create(
      {.directory = dir.path() / "c", .budget = budget});
}

TEST_SUITE("gateway/cache/content_cache_budget") {
  TEST_CASE("what has to stay free of the disk is left free") {
    const TempDir dir;
    {
      const auto cache = ContentCache::create({.directory = dir.path() / "c",
                                               .budget = 1ULL << 40,
                                               .free_floor = UINT64_MAX});
      for (int number = 0; number < 8; ++number) fill(*cache, number);
    }
    CHECK(bytes_in(dir.path() / "c") < 4 * size);
  }

  TEST_CASE("what was used longest ago goes first") {
    const TempDir dir;
    const auto cache = cache_in(dir);
    for (int i = 0; i < 4; ++i) fill(*cache, i);
    CHECK(holds(*cache, 0));  // used again: now the last to go
    cache->trim(2 * size + size / 2);
    CHECK(holds(*cache, 0));
    CHECK_FALSE(holds(*cache, 1));
    CHECK_FALSE(holds(*cache, 2));
    CHECK(holds(*cache, 3));
  }

  TEST_CASE("what is pinned stays, and all else can go") {
    const TempDir dir;
    const auto cache = cache_in(dir);
    for (int i = 0; i < 4; ++i) fill(*cache, i);
    const auto index =
        CacheIndex::open((dir.path() / "c/index.sqlite").string()).value();
    REQUIRE(index->pin("http://h/1"));
    cache->trim(0);
    CHECK(holds(*cache, 1));
    for (const int gone : {0, 2, 3}) CHECK_FALSE(holds(*cache, gone));
    REQUIRE(index->unpin("http://h/1"));
    cache->trim(0);
    CHECK_FALSE(holds(*cache, 1));
  }

  TEST_CASE("what a url was is forgotten with its bytes") {
    const TempDir dir;
    const auto cache = cache_in(dir);
    const auto index =
        CacheIndex::open((dir.path() / "c/index.sqlite").string()).value();
    const auto remembered = [&](const char* url) {
      return index->recall(url).value().has_value();
    };
    for (const char* url : {"http://h/0", "http://h/1", "http://h/2"}) {
      Attr attr;
      attr.size = size;
      attr.version = {"v"};
      cache->remember(url, attr);
    }
    for (int i = 0; i < 3; ++i) fill(*cache, i);
    cache->drop({"http://h/0", "an older one"});
    CHECK(remembered("http://h/0"));
    cache->drop(key_of(0));
    CHECK_FALSE(remembered("http://h/0"));
    CHECK(remembered("http://h/1"));
    cache->trim(0);
    CHECK_FALSE(remembered("http://h/1"));
    CHECK_FALSE(remembered("http://h/2"));
  }

  TEST_CASE("an open file is never evicted") {
    const TempDir dir;
    const auto cache = cache_in(dir);
    fill(*cache, 1);
    fill(*cache, 2);
    const auto open = cache->open(key_of(1), size).value();
    cache->trim(0);
    CHECK(open->holds({0, size}));
    CHECK(holds(*cache, 1));
    CHECK_FALSE(holds(*cache, 2));
  }

  TEST_CASE("a file that another process has open is never evicted") {
    const TempDir dir;
    fill(*cache_in(dir), 1);
    Forked child([&](const Pipe& pipe) {
      const auto cache = cache_in(dir);
      const auto file = cache->open(key_of(1), size).value();
      (void)write_all(pipe.write_end.get(), ".");
      char byte = 0;
      (void)!::read(pipe.read_end.get(), &byte, 1);
      std::vector<std::byte> out(size);
      Call call;
      const FakeFetch refuse(
          [](auto, const auto&, auto&) -> Result<void> { return fail(EIO); });
      return file->read(0, out, refuse, call) && out == pattern({0, size}) ? 0
                                                                           : 1;
    });
    REQUIRE(child.await_bytes(1));
    {
      const auto cache = cache_in(dir);
      cache->trim(0);
      CHECK(holds(*cache, 1));
    }
    child.send_byte();
    CHECK(child.wait() == 0);
    const auto cache = cache_in(dir);
    cache->trim(0);
    CHECK_FALSE(holds(*cache, 1));
  }

  TEST_CASE("the cache trims itself to its budget") {
    const TempDir dir;
    {
      const auto cache = cache_in(dir, 4 * size);
      for (int i = 0; i < 20; ++i) fill(*cache, i);
    }
    // At most half a slice of an eighth comes on top while a trim runs.
    CHECK(bytes_in(dir.path() / "c") <= 6 * size);
    CHECK(bytes_in(dir.path() / "c") > 0);
  }

  TEST_CASE("files too large for the budget are read all the same") {
    const TempDir dir;
    constexpr std::uint64_t large = 16 * size;
    const auto cache = cache_in(dir, 2 * size);
    const auto file = cache->open(key_of(1), large).value();
    Call call;
    std::vector<std::byte> out(128 * 1024);
    for (std::uint64_t at = 0; at < large; at += out.size()) {
      REQUIRE(file->read(at, out, FakeFetch(), call));
      REQUIRE(out == pattern({at, out.size()}));
    }
  }

  TEST_CASE("a damaged index is replaced, and its files are still known") {
    const TempDir dir;
    fill(*cache_in(dir), 1);
    const auto garble = [&] {
      for (const char* name : {"index.sqlite", "index.sqlite-wal"})
        dir.write(std::string("c/") + name, std::string(20'000, 'x'));
    };
    SUBCASE("between runs") { garble(); }
    SUBCASE("while it is open") {
      const auto cache = cache_in(dir);
      garble();
      fill(*cache, 2);
      fill(*cache, 3);
      CHECK(holds(*cache, 1));
    }
    const auto cache = cache_in(dir);
    CHECK(holds(*cache, 1));
    cache->trim(0);
    CHECK_FALSE(holds(*cache, 1));
    CHECK(bytes_in(dir.path() / "c") <= 64 * 1024);
  }

  TEST_CASE("what a killed process left half-made is removed") {
    const TempDir dir;
    const auto cache = cache_in(dir);
    const auto left = dir.write("c/objects/new-1-0-x", "half");
    cache->trim(1 << 30);
    CHECK_FALSE(fs::exists(left));
  }

  TEST_CASE("a disk that takes no more costs one line, and reads go on") {
    const TempDir dir;
    Forked child([&](const Pipe&) {
      const std::string log = (dir.path() / "log").string();
      if (!log::configure({.program = "test", .file = log})) return 2;
      const auto cache = cache_in(dir);
      const auto first = cache->open(key_of(1), size).value();
      // Every write beyond this fails with EFBIG: setrlimit(2).
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{100'000, 100'000};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
      for (int number = 1; number <= 3; ++number) {
        const auto file = cache->open(key_of(number), size).value();
        std::vector<std::byte> out(size);
        Call call;
        if (!file->read(0, out, FakeFetch(), call)) return 4;
        if (out != pattern({0, size})) return 5;
      }
      return 0;
    });
    CHECK(child.wait() == 0);
    std::ifstream lines((dir.path() / "log").string());
    std::string line;
    int count = 0;
    while (std::getline(lines, line)) ++count;
    CHECK(count == 1);
    // What was written before the end is right.
    const auto cache = cache_in(dir);
    const auto file = cache->open(key_of(1), size).value();
    std::vector<std::byte> out(size);
    Call call;
    REQUIRE(file->read(0, out, FakeFetch(), call));
    CHECK(out == pattern({0, size}));
  }
}

}  // namespace

}  // namespace vfsrun
