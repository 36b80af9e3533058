// SPDX-License-Identifier: GPL-2.0-or-later
// A CachedFile on disks of all kinds, for its tests.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>

#include <atomic>
#include <memory>
#include <vector>

#include "gateway/cache/cached_file.hh"
#include "tests/support/fake_fetch.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun::test {

constexpr std::uint64_t block = cache_block_size;
constexpr std::uint64_t fixture_size = 20 * block + 777;

struct FakeOwner final : CachedFileOwner {
  std::atomic<bool> room{true};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<int> failures{0};

  bool may_write() noexcept override { return room; }

  void wrote(std::uint64_t count) noexcept override { bytes += count; }

  void disk_failed(const Error&) noexcept override { ++failures; }
};

enum class Disk { named, unnamed, full_disk, no_store };

/// A CachedFile and all that it needs.
struct CachedFileFixture {
  explicit CachedFileFixture(Disk kind = Disk::named) {
    const std::string path = (dir.path() / "f").string();
    BlockStore store;
    if (kind == Disk::named) {
      Fd fd = open_file(path, O_RDWR | O_CREAT, 0600).value();
      REQUIRE(BlockStore::format(fd.get(), "key", fixture_size));
      store = BlockStore::open(std::move(fd), "key", fixture_size).value();
    } else if (kind == Disk::unnamed) {
      store =
          BlockStore::unnamed(open_file(path, O_RDWR | O_CREAT, 0600).value());
    } else if (kind == Disk::full_disk) {
      store = BlockStore::unnamed(open_file("/dev/full", O_RDWR).value());
    }
    file = std::make_shared<CachedFile>(std::move(store), fixture_size, owner,
                                        threads, nullptr);
  }

  Result<std::vector<std::byte>> read(std::uint64_t offset, std::size_t count,
                                      const FakeFetch& fetch) {
    Call call;
    return read(offset, count, fetch, call);
  }

  Result<std::vector<std::byte>> read(std::uint64_t offset, std::size_t count,
                                      const FakeFetch& fetch, Call& call) {
    std::vector<std::byte> out(count);
    out.resize(TRY(file->read(offset, out, fetch, call)));
    return out;
  }

  TempDir dir;
  FakeOwner owner;
  FlightThreads threads;
  std::shared_ptr<CachedFile> file;
};

inline Result<void> refuse(ByteRange, const ByteSink&, Call&) {
  return fail(ECONNREFUSED, "no fetch expected");
}

constexpr std::array<Disk, 4> all_disks{Disk::named, Disk::unnamed,
                                        Disk::full_disk, Disk::no_store};

}  // namespace vfsrun::test
