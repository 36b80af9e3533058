// SPDX-License-Identifier: GPL-2.0-or-later
// The blocks of one file on disk, with a checksum each. Reading and writing
// different blocks may run at once; writers of the same block take turns.
// Knows nothing of which blocks are trusted: the caller keeps that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/fd.hh"
#include "gateway/base/result.hh"
#include "gateway/cache/block_map.hh"
#include "gateway/cache/mapped_windows.hh"

namespace vfsrun {

/// Layout of a named file: a header that repeats the key (compared whole when
/// opened), a table of one 64-bit checksum a block (0: absent), the data.
/// The data starts at a multiple of 1 MiB, so that the page cache takes it in
/// large pieces; the hole before it takes no room. A file without a name has
/// data only, and is trusted by the one who wrote it.
///
/// A block's checksum is written after its bytes. What a crash tears is found
/// by whoever verifies the block, and counts as absent.
class BlockStore {
 public:
  /// No store: every write fails with ENOSPC.
  BlockStore() = default;

  /// Gives an empty file its length, header and an empty table. EFBIG for a
  /// length that the file system cannot hold.
  static Result<void> format(int fd, std::string_view key, std::uint64_t size);
  /// A formatted file. EBADMSG when it is not the file of `key` and `size`,
  /// or is damaged: to be thrown away.
  static Result<BlockStore> open(Fd fd, std::string_view key,
                                 std::uint64_t size);
  /// Key and size that the header of a named file tells. EBADMSG where it has
  /// none.
  static Result<std::pair<std::string, std::uint64_t>> describe(int fd);
  /// Data only, in a file that nobody else sees.
  static BlockStore unnamed(Fd fd) noexcept;

  [[nodiscard]] bool usable() const noexcept { return static_cast<bool>(fd_); }

  /// True for a file that others may have written to, before or meanwhile.
  [[nodiscard]] bool shared() const noexcept { return table_offset_ != 0; }

  /// Whole blocks: bytes, then checksums.
  Result<void> write(BlockRange blocks, std::uint64_t size,
                     std::span<const std::byte> bytes);
  /// Any bytes, without checking; for an unnamed file of unknown length.
  Result<void> write_bytes(std::uint64_t offset,
                           std::span<const std::byte> bytes);
  /// All of `out`; EIO when the file is shorter.
  [[nodiscard]] Result<void> read(std::uint64_t offset,
                                  std::span<std::byte> out) const;

  /// Where bytes that have been written lie, if they can be mapped.
  [[nodiscard]] std::optional<FileBytes> view(ByteRange range,
                                              MappedWindows& windows) const {
    return windows.view(fd_.get(), {data_offset_ + range.offset, range.size});
  }

  /// The runs of blocks within `blocks` whose bytes fit their checksums.
  [[nodiscard]] Result<std::vector<BlockRange>> verify(
      BlockRange blocks, std::uint64_t size) const;

  /// The runs of blocks within `blocks` that nobody has written: the table's
  /// word, without a look at the data.
  [[nodiscard]] Result<std::vector<BlockRange>> unwritten(
      BlockRange blocks) const;

  /// Bytes that the file takes on disk.
  [[nodiscard]] std::uint64_t bytes_on_disk() const noexcept;

 private:
  Fd fd_;
  std::uint64_t table_offset_ = 0;
  std::uint64_t data_offset_ = 0;
  std::uint64_t seed_ = 0;
};

/// The name of a key's file: 32 hex digits.
std::string object_name(std::string_view key);

}  // namespace vfsrun
