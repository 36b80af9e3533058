// SPDX-License-Identifier: GPL-2.0-or-later
// The directory parts of the system calls in flight, in memory that tracer
// and gateway share: how the gateway knows that a name is only on the way to
// something. No round trip and no waiting on either side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/base/fd.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

/// A fixed set of slots in a memfd. One process's one thread writes
/// (announce, clear); any number of threads of any process read. Each slot is
/// a sequence lock: a reader sees a whole path or passes over the slot's
/// moment of change.
class AnnounceSlots {
 public:
  /// As many calls can be in flight at once as there are slots.
  static constexpr std::size_t count = 1024;
  /// Longest directory part that fits; PATH_MAX bounds it anyway.
  static constexpr std::size_t path_max = 4096 - 16;

  static Result<AnnounceSlots> create();
  /// The reader's side, over the descriptor of the writer's memfd.
  static Result<AnnounceSlots> attach(Fd memfd);

  [[nodiscard]] int fd() const noexcept { return memfd_.get(); }

  /// Publishes the directory part of the call in `slot`, a canonical virtual
  /// path such as "/http/host/a/b". Too long a path is not announced.
  void announce(std::size_t slot, std::string_view directory) noexcept;
  void clear(std::size_t slot) noexcept;

  /// True when a call in flight names `path` as a directory: some slot holds
  /// `path` itself or something below it.
  [[nodiscard]] bool is_announced(std::string_view path) const noexcept;

 private:
  struct Header;
  struct Slot;

  AnnounceSlots(Fd memfd, MappedRegion region) noexcept
      : memfd_(std::move(memfd)), region_(std::move(region)) {}

  [[nodiscard]] Header& header() const noexcept;
  [[nodiscard]] Slot& slot_at(std::size_t index) const noexcept;

  Fd memfd_;
  MappedRegion region_;
};

}  // namespace vfsrun
