// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/block_map.hh"

#include <algorithm>
#include <bit>

namespace vfsrun {

BlockRange blocks_touched(ByteRange bytes) noexcept {
  if (bytes.size == 0) return {};
  return {bytes.offset / cache_block_size,
          (bytes.end() - 1) / cache_block_size + 1};
}

BlockRange blocks_covered(ByteRange bytes, std::uint64_t size) noexcept {
  const std::uint64_t first = bytes.offset / cache_block_size +
                              (bytes.offset % cache_block_size == 0 ? 0 : 1);
  // The end of the file ends its last block, however short that is.
  const std::uint64_t end = bytes.end() >= size
                                ? blocks_touched({0, size}).end
                                : bytes.end() / cache_block_size;
  return first < end ? BlockRange{first, end} : BlockRange{};
}

ByteRange bytes_of(BlockRange blocks, std::uint64_t size) noexcept {
  if (blocks.empty()) return {};
  const std::uint64_t offset = blocks.first * cache_block_size;
  const std::uint64_t end = std::min(blocks.end * cache_block_size, size);
  return {offset, end > offset ? end - offset : 0};
}

namespace {

/// Bits from..to-1 of a word, to ≤ 64.
std::uint64_t mask(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t below_to = to == 64 ? ~0ULL : (1ULL << to) - 1;
  return below_to & ~((1ULL << from) - 1);
}

}  // namespace

void append_block(std::vector<BlockRange>& runs, std::uint64_t block) {
  if (!runs.empty() && runs.back().end == block) {
    ++runs.back().end;
  } else {
    runs.push_back({block, block + 1});
  }
}

void BlockMap::set(BlockRange blocks) {
  for (std::uint64_t block = blocks.first; block < blocks.end;) {
    const std::uint64_t bit = block % word_bits;
    const std::uint64_t step = std::min(word_bits - bit, blocks.end - block);
    chunks_[block / chunk_bits][block % chunk_bits / word_bits] |=
        mask(bit, bit + step);
    block += step;
  }
}

void BlockMap::clear(BlockRange blocks) noexcept {
  for (std::uint64_t block = blocks.first; block < blocks.end;) {
    const std::uint64_t bit = block % word_bits;
    const std::uint64_t step = std::min(word_bits - bit, blocks.end - block);
    const auto chunk = chunks_.find(block / chunk_bits);
    if (chunk != chunks_.end())
      chunk->second[block % chunk_bits / word_bits] &= ~mask(bit, bit + step);
    block += step;
  }
}

std::uint64_t BlockMap::first_with(bool present,
                                   BlockRange blocks) const noexcept {
  std::uint64_t block = blocks.first;
  while (block < blocks.end) {
    const auto chunk = chunks_.find(block / chunk_bits);
    if (chunk == chunks_.end()) {
      if (!present) return block;
      block = (block / chunk_bits + 1) * chunk_bits;
      continue;
    }
    const std::uint64_t bit = block % word_bits;
    std::uint64_t word = chunk->second[block % chunk_bits / word_bits];
    if (!present) word = ~word;
    word &= mask(bit, word_bits);
    block = block - bit + static_cast<std::uint64_t>(std::countr_zero(word));
    if (word != 0) return std::min(block, blocks.end);
  }
  return blocks.end;
}

bool BlockMap::has(std::uint64_t block) const noexcept {
  return has_all({block, block + 1});
}

bool BlockMap::has_all(BlockRange blocks) const noexcept {
  return first_missing(blocks) >= blocks.end;
}

std::uint64_t BlockMap::first_missing(BlockRange blocks) const noexcept {
  return first_with(false, blocks);
}

std::vector<BlockRange> BlockMap::missing(BlockRange blocks) const {
  std::vector<BlockRange> runs;
  std::uint64_t at = blocks.first;
  while (at < blocks.end) {
    const std::uint64_t first = first_with(false, {at, blocks.end});
    if (first >= blocks.end) break;
    at = first_with(true, {first, blocks.end});
    runs.push_back({first, at});
  }
  return runs;
}

}  // namespace vfsrun
