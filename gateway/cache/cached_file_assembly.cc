// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file_assembly.hh"

#include <algorithm>
#include <cstring>

namespace vfsrun {

/// Bytes up to the place where the next batch begins.
std::uint64_t BlockAssembly::batch_size() const noexcept {
  const std::uint64_t end =
      (blocks_.first / blocks_at_once + 1) * blocks_at_once;
  return bytes_of({blocks_.first, std::min(end, blocks_.end)}, size_).size;
}

Result<void> BlockAssembly::take(std::span<const std::byte> bytes) {
  if (bytes.size() > left_)
    return fail(EIO, "the store sent more bytes than were asked for");
  left_ -= bytes.size();
  if (!batch_)
    batch_ = std::make_unique_for_overwrite<std::byte[]>(blocks_at_once *
                                                         cache_block_size);
  while (!bytes.empty()) {
    const std::uint64_t wanted = batch_size();
    const auto part =
        bytes.first(std::min<std::size_t>(wanted - filled_, bytes.size()));
    std::memcpy(batch_.get() + filled_, part.data(), part.size());
    filled_ += part.size();
    bytes = bytes.subspan(part.size());
    if (filled_ == wanted) flush();
  }
  return {};
}

std::uint64_t BlockAssembly::arrived() const noexcept {
  const std::uint64_t start = blocks_.first * cache_block_size;
  // The last block is whole with the file's last byte.
  return start + filled_ == size_ ? blocks_.end
                                  : blocks_.first + filled_ / cache_block_size;
}

void BlockAssembly::flush() {
  const BlockRange whole{blocks_.first, arrived()};
  if (whole.empty()) return;
  const std::size_t length = bytes_of(whole, size_).size;
  put_(whole, {batch_.get(), length});
  filled_ -= length;
  std::memmove(batch_.get(), batch_.get() + length, filled_);
  blocks_.first = whole.end;
}

Result<void> BlockAssembly::finish() const {
  if (left_ == 0) return {};
  return fail(EIO, "the store sent fewer bytes than were asked for");
}

}  // namespace vfsrun
