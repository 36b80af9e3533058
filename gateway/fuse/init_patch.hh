// SPDX-License-Identifier: GPL-2.0-or-later
// Adds to the INIT reply what libfuse 3.14 cannot say: it accepts
// FUSE_CAP_PARALLEL_DIROPS and never sends it, and does not know
// FUSE_DIRECT_IO_ALLOW_MMAP. Bits are set only where the kernel offered them.
// Pure but for its own memory of the offer; INIT is the first request and no
// other runs beside it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vfsrun::fuse {

class InitPatch {
 public:
  /// Looks at a request as it was read from the kernel.
  void on_request(std::span<const std::byte> request) noexcept;
  /// The answer to send instead of `reply` (header and body in one), where
  /// that answers INIT; nothing for all others.
  std::optional<std::vector<std::byte>> on_reply(
      std::span<const std::byte> reply);

  /// False once INIT was answered: nothing is left to look at.
  [[nodiscard]] bool active() const noexcept {
    return active_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> active_{true};
  bool offered_ = false;
  std::uint64_t unique_ = 0;
  std::uint32_t flags_ = 0;
  std::uint32_t flags2_ = 0;
};

}  // namespace vfsrun::fuse
