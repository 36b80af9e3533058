// SPDX-License-Identifier: GPL-2.0-or-later
// Which blocks of a file are at hand, and how bytes map to blocks. Pure: no
// lock, no file. Whoever owns one guards it.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "backends/backend.hh"

namespace vfsrun {

/// Small enough that a random 4 KiB read costs at most four times its bytes,
/// large enough that the checksum of each is small change.
constexpr std::uint64_t cache_block_size = 16UL * 1024;

/// Blocks first ≤ n < end.
struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;

  [[nodiscard]] bool empty() const noexcept { return first >= end; }

  [[nodiscard]] std::uint64_t count() const noexcept {
    return empty() ? 0 : end - first;
  }

  [[nodiscard]] bool contains(std::uint64_t block) const noexcept {
    return block >= first && block < end;
  }

  bool operator==(const BlockRange&) const = default;
};

/// Every block that `bytes` touches.
[[nodiscard]] BlockRange blocks_touched(ByteRange bytes) noexcept;
/// Only the blocks that `bytes` covers whole; the last block of a file of
/// `size` bytes is whole when covered up to `size`.
[[nodiscard]] BlockRange blocks_covered(ByteRange bytes,
                                        std::uint64_t size) noexcept;
/// The bytes of `blocks` in a file of `size` bytes.
[[nodiscard]] ByteRange bytes_of(BlockRange blocks,
                                 std::uint64_t size) noexcept;

/// Adds `block`, which is past all of `runs`, to the last run or as a new one.
void append_block(std::vector<BlockRange>& runs, std::uint64_t block);

/// A set of block numbers. Costs memory for what is set, not for how large a
/// file a server claims to have.
class BlockMap {
 public:
  void set(BlockRange blocks);
  void clear(BlockRange blocks) noexcept;

  void clear_all() noexcept { chunks_.clear(); }

  [[nodiscard]] bool has(std::uint64_t block) const noexcept;
  [[nodiscard]] bool has_all(BlockRange blocks) const noexcept;
  /// The first block at or after `blocks.first` that is missing; `blocks.end`
  /// when none is.
  [[nodiscard]] std::uint64_t first_missing(BlockRange blocks) const noexcept;
  /// The missing blocks within `blocks`, as runs of adjacent ones in order.
  [[nodiscard]] std::vector<BlockRange> missing(BlockRange blocks) const;

 private:
  [[nodiscard]] std::uint64_t first_with(bool present,
                                         BlockRange blocks) const noexcept;

  static constexpr std::uint64_t word_bits = 64;
  static constexpr std::uint64_t chunk_words = 16;
  static constexpr std::uint64_t chunk_bits = word_bits * chunk_words;
  using Chunk = std::array<std::uint64_t, chunk_words>;

  std::unordered_map<std::uint64_t, Chunk> chunks_;
};

}  // namespace vfsrun
