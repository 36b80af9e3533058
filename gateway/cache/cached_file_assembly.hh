// SPDX-License-Identifier: GPL-2.0-or-later
// Cuts a stream of bytes into whole blocks. Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "gateway/base/result.hh"
#include "gateway/cache/block_map.hh"

namespace vfsrun {

class BlockAssembly {
 public:
  /// Gets runs of whole blocks, in order, as soon as they are complete.
  using Put = std::function<void(BlockRange, std::span<const std::byte>)>;

  /// For `blocks` of a file of `size` bytes.
  BlockAssembly(BlockRange blocks, std::uint64_t size, Put put)
      : blocks_(blocks),
        size_(size),
        put_(std::move(put)),
        left_(bytes_of(blocks, size).size) {}

  /// The next bytes; EIO when there are more than the blocks have.
  Result<void> take(std::span<const std::byte> bytes);
  /// EIO when bytes are missing.
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] std::uint64_t length_of(std::uint64_t block) const noexcept;
  std::size_t put_whole(std::span<const std::byte> bytes);

  BlockRange blocks_;  // those still to come
  std::uint64_t size_;
  Put put_;
  std::uint64_t left_;
  std::vector<std::byte> partial_;
};

}  // namespace vfsrun
