// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file_assembly.hh"

#include <algorithm>

namespace vfsrun {

Result<void> BlockAssembly::take(std::span<const std::byte> bytes) {
  if (bytes.size() > left_)
    return fail(EIO, "the store sent more bytes than were asked for");
  left_ -= bytes.size();
  while (!bytes.empty()) {
    const std::uint64_t length = length_of(blocks_.first);
    if (partial_.empty() && bytes.size() >= length) {
      bytes = bytes.subspan(put_whole(bytes));
      continue;
    }
    const auto part = bytes.first(
        std::min<std::size_t>(length - partial_.size(), bytes.size()));
    partial_.insert(partial_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (partial_.size() < length) continue;
    put_whole(partial_);
    partial_.clear();
  }
  return {};
}

Result<void> BlockAssembly::finish() const {
  if (left_ == 0) return {};
  return fail(EIO, "the store sent fewer bytes than were asked for");
}

std::uint64_t BlockAssembly::length_of(std::uint64_t block) const noexcept {
  return bytes_of({block, block + 1}, size_).size;
}

/// Puts all whole blocks that `bytes` begins with; tells their length.
std::size_t BlockAssembly::put_whole(std::span<const std::byte> bytes) {
  BlockRange whole{blocks_.first, blocks_.first};
  std::size_t length = 0;
  while (whole.end < blocks_.end &&
         length + length_of(whole.end) <= bytes.size())
    length += length_of(whole.end++);
  put_(whole, bytes.first(length));
  blocks_.first = whole.end;
  return length;
}

}  // namespace vfsrun
