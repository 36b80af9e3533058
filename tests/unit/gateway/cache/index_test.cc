// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/index.hh"

#include <doctest/doctest.h>

#include <boost/filesystem.hpp>
#include <thread>

#include "tests/support/temp_dir.hh"

namespace vfsrun {

namespace {

using test::TempDir;

std::vector<std::string> names(CacheIndex& index) {
  std::vector<std::string> all;
  const auto rows = index.by_age().value();
  for (const auto& row : rows) all.push_back(row.name);
  return all;
}

Result<void> put(CacheIndex& index, CacheIndex::Change change) {
  return index.apply({&change, 1});
}

using Growing = CacheIndex::Growing;
using Settled = CacheIndex::Settled;
using Note = CacheIndex::Note;

TEST_SUITE("gateway/cache/index") {
  TEST_CASE("files come in the order of their last use") {
    const TempDir dir;
    auto index = CacheIndex::open((dir.path() / "i").string()).value();
    REQUIRE(put(*index, Growing{"a", 1}));
    REQUIRE(put(*index, Growing{"b", 2}));
    REQUIRE(put(*index, Growing{"c", 3}));
    REQUIRE(put(*index, Settled{"a", 100, 4}));
    CHECK(names(*index) == std::vector<std::string>{"b", "c", "a"});
  }

  TEST_CASE("a size is known once the file is settled") {
    const TempDir dir;
    auto index = CacheIndex::open((dir.path() / "i").string()).value();
    REQUIRE(put(*index, Growing{"a", 1}));
    CHECK(index->by_age().value().front().bytes == std::nullopt);
    REQUIRE(put(*index, Settled{"a", 4096, 2}));
    CHECK(index->by_age().value().front().bytes == 4096);
    REQUIRE(put(*index, Growing{"a", 3}));
    CHECK(index->by_age().value().front().bytes == std::nullopt);
    REQUIRE(index->remove("a"));
    CHECK(index->by_age().value().empty());
  }

  TEST_CASE("many changes at once are as each by itself, in their order") {
    const TempDir dir;
    auto index = CacheIndex::open((dir.path() / "i").string()).value();
    const CacheIndex::Note note{"u", "1", 10, 5, 1000, 60};
    const std::vector<CacheIndex::Change> changes{
        CacheIndex::Growing{"a", 1}, CacheIndex::Growing{"b", 2}, note,
        CacheIndex::Settled{"a", 4096, 3}, CacheIndex::Note{"u", "1", 10, 5}};
    REQUIRE(index->apply(changes));
    CHECK(names(*index) == std::vector<std::string>{"b", "a"});
    CHECK(index->by_age().value().back().bytes == 4096);
    CHECK(index->recall("u").value() == note);
    REQUIRE(index->apply({}));
  }

  TEST_CASE("it outlives the process that wrote it") {
    const TempDir dir;
    const std::string path = (dir.path() / "i").string();
    REQUIRE(put(*CacheIndex::open(path).value(), Settled{"a", 7, 1}));
    CHECK(names(*CacheIndex::open(path).value()) ==
          std::vector<std::string>{"a"});
  }

  TEST_CASE("when a url was confirmed stays with its version") {
    const TempDir dir;
    auto index = CacheIndex::open((dir.path() / "i").string()).value();
    const CacheIndex::Note confirmed{"u", "1", 10, 5, 1000, 60};
    REQUIRE(put(*index, confirmed));
    CHECK(index->recall("u").value() == confirmed);
    // Somebody opened it, and knows nothing of the time.
    REQUIRE(put(*index, Note{"u", "1", 10, 5}));
    CHECK(index->recall("u").value() == confirmed);
    CHECK(index->notes().value() == std::vector{confirmed});
    REQUIRE(put(*index, Note{"u", "1", 10, 5, 2000}));
    CHECK(index->recall("u").value()->confirmed == 2000);
    CHECK(index->recall("u").value()->fresh_for == std::nullopt);
    REQUIRE(index->doubt("u"));
    CHECK(index->recall("u").value()->confirmed == 0);
    REQUIRE(put(*index, confirmed));
    REQUIRE(put(*index, Note{"u", "2", 10, 5}));
    CHECK(index->recall("u").value() == CacheIndex::Note{"u", "2", 10, 5});
  }

  TEST_CASE("several write at the same time") {
    const TempDir dir;
    const std::string path = (dir.path() / "i").string();
    {
      std::vector<std::jthread> writers;
      for (int writer = 0; writer < 4; ++writer) {
        writers.emplace_back([&, writer] {
          auto index = CacheIndex::open(path, 60'000).value();
          for (int i = 0; i < 50; ++i)
            REQUIRE(
                put(*index, Settled{std::to_string(writer * 50 + i), 1, i}));
        });
      }
    }
    CHECK(names(*CacheIndex::open(path).value()).size() == 200);
  }

  TEST_CASE("a file that is no database is told apart") {
    const TempDir dir;
    const auto path = dir.write("i", std::string(8192, 'x'));
    const auto index = CacheIndex::open(path.string());
    REQUIRE_FALSE(index);
    CHECK(index.error().code == EBADMSG);
    CacheIndex::remove_files(path.string());
    CHECK(CacheIndex::open(path.string()));
  }

  TEST_CASE("a symbolic link in place of the database is refused") {
    const TempDir dir;
    boost::filesystem::create_symlink("elsewhere", dir.path() / "i");
    CHECK_FALSE(CacheIndex::open((dir.path() / "i").string()));
    CHECK_FALSE(boost::filesystem::exists(dir.path() / "elsewhere"));
  }
}

}  // namespace

}  // namespace vfsrun
