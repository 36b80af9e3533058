// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file_store.hh"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace vfsrun {

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t entry_size = sizeof(std::uint64_t);
// Sixteen bytes; the number is the version of the format.
constexpr std::string_view magic = "vfsrun-blocks 2\n";
// Where a file system has folios larger than a page (ext4 since Linux 6.16),
// they lie at multiples of their size: what is written at once, and starts
// at such a place, is one of them instead of many.
constexpr std::uint64_t largest_write = std::uint64_t{1024} * 1024;

std::uint64_t round_up(std::uint64_t bytes, std::uint64_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

void append_number(std::string& text, std::uint64_t number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Made anew for comparing, so that no field of a damaged file is trusted.
std::string make_header(std::string_view key, std::uint64_t size) {
  std::string header(magic);
  append_number(header, size);
  append_number(header, cache_block_size);
  append_number(header, key.size());
  header += key;
  header.resize(round_up(header.size(), page), '\0');
  return header;
}

struct Layout {
  std::uint64_t table_offset;
  std::uint64_t data_offset;
  std::uint64_t end;
};

Result<Layout> layout_of(std::uint64_t header_size, std::uint64_t size) {
  // A quarter of the range leaves the sums below room.
  if (size > std::numeric_limits<off_t>::max() / 4)
    return fail(EFBIG, "longer than any file can be");
  Layout layout{};
  layout.table_offset = header_size;
  layout.data_offset =
      round_up(header_size + blocks_touched({0, size}).count() * entry_size,
               largest_write);
  layout.end = layout.data_offset + size;
  return layout;
}

Result<void> write_at(int fd, std::uint64_t offset,
                      std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n =
        ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write");
    // pwrite(2) that takes nothing would be asked for ever.
    if (n == 0) return fail_errno("write", ENOSPC);
    offset += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> read_at(int fd, std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t n =
        ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read");
    if (n == 0) return fail(EIO, "the file is cut short");
    offset += static_cast<std::uint64_t>(n);
    out = out.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

/// Bound to the block's place and the key: right bytes in the wrong place do
/// not fit. Never 0, which says absent.
std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed,
                       std::uint64_t block) {
  const std::uint64_t sum =
      XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed + block);
  return sum != 0 ? sum : 1;
}

}  // namespace

std::string object_name(std::string_view key) {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

Result<std::pair<std::string, std::uint64_t>> BlockStore::describe(int fd) {
  constexpr std::uint64_t longest_key = std::uint64_t{64} * 1024;
  std::array<std::uint64_t, 3> numbers{};  // size, block size, length of key
  std::string begin(magic.size() + sizeof numbers, '\0');
  if (!read_at(fd, 0, std::as_writable_bytes(std::span(begin))) ||
      !begin.starts_with(magic))
    return fail(EBADMSG, "no cached file");
  std::memcpy(numbers.data(), begin.data() + magic.size(), sizeof numbers);
  if (numbers[1] != cache_block_size || numbers[2] > longest_key)
    return fail(EBADMSG, "no cached file");
  std::string key(numbers[2], '\0');
  if (!read_at(fd, begin.size(), std::as_writable_bytes(std::span(key))))
    return fail(EBADMSG, "no cached file");
  return std::pair(std::move(key), numbers[0]);
}

Result<void> BlockStore::format(int fd, std::string_view key,
                                std::uint64_t size) {
  const std::string header = make_header(key, size);
  const Layout layout = TRY(layout_of(header.size(), size));
  if (::ftruncate(fd, static_cast<off_t>(layout.end)) != 0)
    return fail_errno("ftruncate");
  return write_at(fd, 0, std::as_bytes(std::span(header)));
}

Result<BlockStore> BlockStore::open(Fd fd, std::string_view key,
                                    std::uint64_t size) {
  const std::string header = make_header(key, size);
  const Layout layout = TRY(layout_of(header.size(), size));

  struct stat info {};

  if (::fstat(fd.get(), &info) != 0) return fail_errno("stat");
  if (static_cast<std::uint64_t>(info.st_size) != layout.end)
    return fail(EBADMSG, "the length is wrong");
  std::string found(header.size(), '\0');
  TRY(read_at(fd.get(), 0, std::as_writable_bytes(std::span(found))));
  if (found != header) return fail(EBADMSG, "the header is wrong");
  BlockStore store;
  store.fd_ = std::move(fd);
  store.table_offset_ = layout.table_offset;
  store.data_offset_ = layout.data_offset;
  store.seed_ = XXH3_64bits(header.data(), header.size());
  return store;
}

BlockStore BlockStore::unnamed(Fd fd) noexcept {
  BlockStore store;
  store.fd_ = std::move(fd);
  return store;
}

Result<void> BlockStore::write(BlockRange blocks, std::uint64_t size,
                               std::span<const std::byte> bytes) {
  if (!usable()) return fail_errno("write", ENOSPC);
  CHECK(bytes.size() == bytes_of(blocks, size).size);
  TRY(write_at(fd_.get(), data_offset_ + blocks.first * cache_block_size,
               bytes));
  if (!shared()) return {};
  std::vector<std::uint64_t> sums;
  sums.reserve(blocks.count());
  for (std::uint64_t block = blocks.first; block < blocks.end; ++block) {
    const auto length = std::min<std::size_t>(cache_block_size, bytes.size());
    sums.push_back(checksum(bytes.first(length), seed_, block));
    bytes = bytes.subspan(length);
  }
  return write_at(fd_.get(), table_offset_ + blocks.first * entry_size,
                  std::as_bytes(std::span(sums)));
}

Result<void> BlockStore::write_bytes(std::uint64_t offset,
                                     std::span<const std::byte> bytes) {
  if (!usable()) return fail_errno("write", ENOSPC);
  return write_at(fd_.get(), data_offset_ + offset, bytes);
}

Result<void> BlockStore::read(std::uint64_t offset,
                              std::span<std::byte> out) const {
  if (!usable()) return fail_errno("read", EIO);
  return read_at(fd_.get(), data_offset_ + offset, out);
}

Result<std::vector<BlockRange>> BlockStore::verify(BlockRange blocks,
                                                   std::uint64_t size) const {
  std::vector<BlockRange> good;
  if (!usable() || !shared()) return good;
  // At most 1 MiB of file at a time, whatever the caller asks for.
  constexpr std::uint64_t batch = 64;
  std::vector<std::uint64_t> sums(std::min(blocks.count(), batch));
  std::vector<std::byte> bytes(cache_block_size);
  for (std::uint64_t block = blocks.first; block < blocks.end; ++block) {
    const std::uint64_t index = (block - blocks.first) % batch;
    if (index == 0) {
      TRY(read_at(fd_.get(), table_offset_ + block * entry_size,
                  std::as_writable_bytes(std::span(sums).first(
                      std::min(batch, blocks.end - block)))));
    }
    if (sums[index] == 0) continue;
    const ByteRange range = bytes_of({block, block + 1}, size);
    const auto out = std::span(bytes).first(range.size);
    TRY(read(range.offset, out));
    if (checksum(out, seed_, block) != sums[index]) continue;
    append_block(good, block);
  }
  return good;
}

Result<std::vector<BlockRange>> BlockStore::unwritten(BlockRange blocks) const {
  std::vector<BlockRange> found;
  std::array<std::uint64_t, 256> sums{};
  while (!blocks.empty()) {
    const std::uint64_t count = std::min(blocks.count(), sums.size());
    TRY(read_at(fd_.get(), table_offset_ + blocks.first * entry_size,
                std::as_writable_bytes(std::span(sums).first(count))));
    for (std::uint64_t i = 0; i < count; ++i, ++blocks.first) {
      if (sums.at(i) != 0) continue;
      append_block(found, blocks.first);
    }
  }
  return found;
}

std::uint64_t BlockStore::bytes_on_disk() const noexcept {
  struct stat info {};

  if (!usable() || ::fstat(fd_.get(), &info) != 0) return 0;
  // stat(2): st_blocks counts 512 bytes each, whatever the file system.
  return static_cast<std::uint64_t>(info.st_blocks) * 512;
}

}  // namespace vfsrun
