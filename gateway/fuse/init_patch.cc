// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/init_patch.hh"

#include <linux/fuse.h>

#include <cstring>

namespace vfsrun::fuse {

namespace {

constexpr std::uint32_t supported_major = 7;
/// Bit 36 of the 64; newer than the headers of Debian 12.
constexpr std::uint32_t direct_io_allow_mmap = 1U << (36 - 32);

template <class T>
std::optional<T> peek(std::span<const std::byte> bytes, std::size_t offset) {
  if (bytes.size() < offset + sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

void InitPatch::on_request(std::span<const std::byte> request) noexcept {
  const auto header = peek<fuse_in_header>(request, 0);
  if (!header || header->opcode != FUSE_INIT) return;
  // Older kernels send a shorter fuse_init_in: what is missing is zero.
  fuse_init_in init{};
  const auto body = request.subspan(sizeof(fuse_in_header));
  std::memcpy(&init, body.data(), std::min(body.size(), sizeof init));
  if (init.major != supported_major) return;
  offered_ = true;
  unique_ = header->unique;
  flags_ = init.flags;
  flags2_ = (init.flags & FUSE_INIT_EXT) != 0 ? init.flags2 : 0;
}

std::optional<std::vector<std::byte>> InitPatch::on_reply(
    std::span<const std::byte> reply) {
  const auto header = peek<fuse_out_header>(reply, 0);
  if (!header || !offered_ || header->unique != unique_) return std::nullopt;
  active_.store(false, std::memory_order_relaxed);
  auto init = peek<fuse_init_out>(reply, sizeof(fuse_out_header));
  if (header->error != 0 || !init) return std::nullopt;
  init->flags |= flags_ & static_cast<std::uint32_t>(FUSE_PARALLEL_DIROPS);
  if ((flags2_ & direct_io_allow_mmap) != 0) {
    init->flags |= FUSE_INIT_EXT;
    init->flags2 |= direct_io_allow_mmap;
  }
  std::vector<std::byte> patched(reply.begin(), reply.end());
  std::memcpy(patched.data() + sizeof(fuse_out_header), &*init, sizeof *init);
  return patched;
}

}  // namespace vfsrun::fuse
