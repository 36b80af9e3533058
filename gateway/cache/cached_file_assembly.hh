// SPDX-License-Identifier: GPL-2.0-or-later
// Cuts a stream of bytes into whole blocks, many at a time: libcurl hands out
// 16 KiB, which would be a system call and a wake-up each. Pure; one thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "gateway/base/result.hh"
#include "gateway/cache/block_map.hh"

namespace vfsrun {

class BlockAssembly {
 public:
  /// What is put at once: what the kernel asks for at once, in its place.
  static constexpr std::uint64_t blocks_at_once = 8;

  /// Gets runs of whole blocks, in order.
  using Put = std::function<void(BlockRange, std::span<const std::byte>)>;

  /// For `blocks` of a file of `size` bytes.
  BlockAssembly(BlockRange blocks, std::uint64_t size, Put put)
      : blocks_(blocks),
        size_(size),
        put_(std::move(put)),
        left_(bytes_of(blocks, size).size) {}

  /// The next bytes; EIO when there are more than the blocks have. Whole
  /// blocks are put when the last of `blocks_at_once` is there.
  Result<void> take(std::span<const std::byte> bytes);
  /// Puts the whole blocks that have come so far.
  void flush();
  /// The end: EIO when bytes are missing.
  [[nodiscard]] Result<void> finish() const;

  /// Blocks before this one have come whole.
  [[nodiscard]] std::uint64_t arrived() const noexcept;

 private:
  [[nodiscard]] std::uint64_t batch_size() const noexcept;

  BlockRange blocks_;  // those still to be put
  std::uint64_t size_;
  Put put_;
  std::uint64_t left_;
  std::unique_ptr<std::byte[]> batch_;
  std::size_t filled_ = 0;  // of batch_, which begins with blocks_.first
};

}  // namespace vfsrun
