// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/content_cache.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "tests/support/fake_fetch.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

namespace fs = boost::filesystem;
using test::FakeFetch;
using test::pattern;
using test::ScopedEnv;
using test::TempDir;

constexpr std::uint64_t size = 10 * cache_block_size + 5;

std::unique_ptr<ContentCache> cache_in(const fs::path& directory) {
  return ContentCache::create({.directory = directory, .budget = 1 << 30});
}

/// All bytes, from the cache alone when `fetch` is not to be called.
std::size_t requests_to_read(ContentCache& cache, const ContentKey& key,
                             std::uint64_t length = size) {
  const FakeFetch fetch;
  Call call;
  std::vector<std::byte> out(length);
  const auto file = cache.open(key, length).value();
  CHECK(file->read(0, out, fetch, call).value() == length);
  CHECK(out == pattern({0, length}));
  return fetch.count();
}

std::size_t objects_in(const fs::path& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(directory / "objects"))
    count += entry.path().filename().size() == 32 ? 1 : 0;
  return count;
}

const ContentKey key{"http://h/f", "\"etag-1\""};

TEST_SUITE("gateway/cache/content_cache") {
  TEST_CASE("bytes outlive the cache object that fetched them") {
    const TempDir dir;
    CHECK(requests_to_read(*cache_in(dir.path() / "c"), key) == 1);
    CHECK(requests_to_read(*cache_in(dir.path() / "c"), key) == 0);
  }

  TEST_CASE("what a url was outlives it too, with its age") {
    const TempDir dir;
    Attr attr;
    attr.size = size;
    attr.version.tag = key.version;
    attr.fresh_for = std::chrono::hours(1);
    const auto now = std::chrono::floor<std::chrono::seconds>(
        std::chrono::system_clock::now());
    const auto confirmed_at = [&](ContentCache::WallTime when) {
      const auto cache = cache_in(dir.path() / "c");
      CHECK_FALSE(cache->recall("http://h/other"));
      cache->remember(key.url, attr, when);
    };
    (void)requests_to_read(*cache_in(dir.path() / "c"), key);
    confirmed_at(now - std::chrono::minutes(10));
    const auto cache = cache_in(dir.path() / "c");
    const auto recalled = cache->recall(key.url);
    REQUIRE(recalled);
    CHECK(recalled->attr.fresh_for == attr.fresh_for);
    REQUIRE(recalled->age);
    CHECK(*recalled->age >= std::chrono::minutes(10));
    CHECK(*recalled->age < std::chrono::minutes(11));
    cache->doubt(key.url);
    CHECK_FALSE(cache->recall(key.url)->age);
    // As when the clock was set back since.
    confirmed_at(now + std::chrono::minutes(10));
    CHECK_FALSE(cache->recall(key.url)->age);
  }

  TEST_CASE("two versions and two places of a file are kept apart") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    CHECK(requests_to_read(*cache, key) == 1);
    CHECK(requests_to_read(*cache, {key.url, "\"etag-2\""}) == 1);
    CHECK(requests_to_read(*cache, {"http://h/g", key.version}) == 1);
    CHECK(requests_to_read(*cache, key) == 0);
    CHECK(objects_in(dir.path() / "c") == 3);
  }

  TEST_CASE("opens of one key share one file") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    CHECK(cache->open(key, size).value() == cache->open(key, size).value());
  }

  TEST_CASE("one version with two lengths is never mixed") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    const auto first = cache->open(key, size).value();
    CHECK(requests_to_read(*cache, key, size - 1) == 1);
    CHECK(first->size() == size);
    CHECK_FALSE(first->holds({0, 1}));
  }

  TEST_CASE("a file of unknown version is refused a shared place") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    CHECK(cache->open({"http://h/f", ""}, size).error().code == EINVAL);
    const auto file = cache->open_private(size).value();
    file->store(0, pattern({0, size}));
    CHECK(file->holds({0, size}));
    CHECK(objects_in(dir.path() / "c") == 0);
    CHECK_FALSE(cache->open_private(size).value()->holds({0, 1}));
  }

  TEST_CASE("a file of unknown length grows as its body comes") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    const auto file = cache->open_growing().value();
    CHECK(file->size() == 0);
    REQUIRE(file->append(pattern({0, 100'000})));
    CHECK(file->size() == 100'000);
    CHECK(file->holds({0, 100'000}));
  }

  TEST_CASE("dropped bytes are fetched again") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    CHECK(requests_to_read(*cache, key) == 1);
    const auto open = cache->open(key, size).value();
    cache->drop(key);
    CHECK(open->holds({0, size}));
    CHECK(requests_to_read(*cache, key) == 1);
  }

  TEST_CASE("a damaged or cut object is thrown away") {
    const TempDir dir;
    CHECK(requests_to_read(*cache_in(dir.path() / "c"), key) == 1);
    for (const auto& entry : fs::directory_iterator(dir.path() / "c/objects"))
      REQUIRE(::truncate(entry.path().c_str(), 3000) == 0);
    CHECK(requests_to_read(*cache_in(dir.path() / "c"), key) == 1);
    CHECK(requests_to_read(*cache_in(dir.path() / "c"), key) == 0);
  }

  TEST_CASE("reads go on when the directory is removed meanwhile") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    const auto file = cache->open(key, size).value();
    fs::remove_all(dir.path() / "c");
    CHECK(requests_to_read(*cache, key) == 1);
    CHECK(requests_to_read(*cache, {"http://h/g", "v"}) == 1);
  }

  TEST_CASE("a length beyond any file is served without the disk") {
    const TempDir dir;
    const auto cache = cache_in(dir.path() / "c");
    constexpr std::uint64_t huge = 1ULL << 62;
    const auto file = cache->open(key, huge).value();
    std::vector<std::byte> out(100);
    Call call;
    REQUIRE(file->read(huge - 200, out, FakeFetch(), call));
    CHECK(out == pattern({huge - 200, 100}));
  }

  TEST_CASE("the directory and all in it are for their owner only") {
    const TempDir dir;
    const auto before = ::umask(0);
    CHECK(requests_to_read(*cache_in(dir.path() / "a/b/c"), key) == 1);
    ::umask(before);
    for (const auto& entry : fs::recursive_directory_iterator(dir.path())) {
      CAPTURE(entry.path().string());
      CHECK((entry.status().permissions() & 077) == 0);
    }
  }

  TEST_CASE("a directory readable by others is closed to them") {
    const TempDir dir;
    fs::create_directory(dir.path() / "c");
    REQUIRE(::chmod((dir.path() / "c").c_str(), 0755) == 0);
    CHECK(cache_in(dir.path() / "c")->persistent());
    CHECK((fs::status(dir.path() / "c").permissions() & 0777) == 0700);
  }

  TEST_CASE("a directory that is not safe is not used, and reads go on") {
    const TempDir dir;
    fs::path path = dir.path() / "c";
    SUBCASE("a symbolic link") {
      fs::create_directory(dir.path() / "real");
      fs::create_symlink(dir.path() / "real", path);
    }
    SUBCASE("writable by others") {
      fs::create_directory(path);
      REQUIRE(::chmod(path.c_str(), 0777) == 0);
    }
    SUBCASE("writable by the group") {
      fs::create_directory(path);
      REQUIRE(::chmod(path.c_str(), 0770) == 0);
    }
    SUBCASE("somebody else's") {
      if (::geteuid() == 0) {
        fs::create_directory(path);
        REQUIRE(::chown(path.c_str(), 4242, 4242) == 0);
      } else {
        path = "/usr";
      }
    }
    SUBCASE("a file") { dir.write("c", "x"); }
    SUBCASE("a link in place of the objects") {
      fs::create_directory(path);
      fs::create_directory(dir.path() / "real");
      fs::create_symlink(dir.path() / "real", path / "objects");
    }
    const auto cache = cache_in(path);
    CHECK_FALSE(cache->persistent());
    CHECK(requests_to_read(*cache, key) == 1);
    // Within one run the bytes are kept, though nobody has the file open.
    CHECK(requests_to_read(*cache, key) == 0);
    CHECK(requests_to_read(*cache_in(path), key) == 1);
    if (fs::exists(dir.path() / "real"))
      CHECK(fs::is_empty(dir.path() / "real"));
  }

  TEST_CASE("without HOME nothing is kept, with XDG_CACHE_HOME it is there") {
    const TempDir dir;
    {
      const ScopedEnv home("HOME", nullptr);
      const ScopedEnv xdg("XDG_CACHE_HOME", nullptr);
      const auto cache = ContentCache::create();
      CHECK_FALSE(cache->persistent());
      CHECK(requests_to_read(*cache, key) == 1);
    }
    {
      const ScopedEnv xdg("XDG_CACHE_HOME", dir.path().c_str());
      CHECK(ContentCache::create()->persistent());
      CHECK(fs::is_directory(dir.path() / "vfsrun/objects"));
    }
    const ScopedEnv xdg("XDG_CACHE_HOME", "relative");
    const ScopedEnv home("HOME", dir.path().c_str());
    CHECK(ContentCache::create()->persistent());
    CHECK(fs::is_directory(dir.path() / ".cache/vfsrun/objects"));
  }

  TEST_CASE("no usable directory at all still reads") {
    const TempDir dir;
    const ScopedEnv temporary("TMPDIR", "/proc");
    dir.write("c", "x");
    const auto cache = cache_in(dir.path() / "c");
    CHECK(requests_to_read(*cache, key) == 1);
  }

  TEST_CASE("nothing is left of a cache without a directory") {
    const TempDir dir;
    const ScopedEnv temporary("TMPDIR", dir.path().c_str());
    const auto cache = cache_in("/proc/nothing/here");
    CHECK_FALSE(cache->persistent());
    CHECK(requests_to_read(*cache, key) == 1);
    CHECK(requests_to_read(*cache, key) == 0);
    CHECK(fs::is_empty(dir.path()));
  }
}

}  // namespace

}  // namespace vfsrun
