// SPDX-License-Identifier: GPL-2.0-or-later
// How a new program gets its stub region: it maps it itself, before its first
// instruction, by code that the tracer puts into the unused end of the vDSO's
// last page at the exec event. So it costs no stop. For the tracer's one
// thread.
#pragma once

#include <string>

#include "tracer/stopped.hh"
#include "tracer/stub/memory.hh"

namespace vfsrun::tracer::stub {

class RegionStart {
 public:
  /// At an exec event. ENOTSUP for 32-bit programs and where the vDSO has no
  /// room.
  static Result<RegionStart> prepare(const Stopped& stopped);

  /// Where the region will be.
  [[nodiscard]] std::uint64_t base() const noexcept { return base_; }

  /// Of the program's first instruction: its dynamic loader's as a rule.
  [[nodiscard]] std::uint64_t entry() const noexcept { return entry_; }

  /// The program begins in the code that maps the region and fills it with
  /// `image` from head_offset on; then it begins at its own entry, with all
  /// registers 0 as the kernel has set them. Where the kernel refuses the
  /// mapping it begins without a region.
  Result<void> run(const Stopped& stopped, const CodeMemory& memory,
                   const std::string& image);

 private:
  explicit RegionStart(const arch::Registers& registers)
      : registers_(registers), entry_(registers.rip) {}

  arch::Registers registers_;
  std::uint64_t entry_;
  std::uint64_t base_ = 0;
  std::uint64_t room_end_ = 0;  ///< address behind the vDSO's last page
};

}  // namespace vfsrun::tracer::stub
