// SPDX-License-Identifier: GPL-2.0-or-later
// Event counts in memory that tracer and gateway share, so that --stats needs
// no protocol and survives the death of either.
#pragma once

#include <cstdint>

#include "gateway/base/fd.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

enum class Counter : std::uint8_t {
  requests,            ///< sent to servers, each try and each redirect
  bytes_from_network,  ///< body bytes received
  bytes_from_cache,    ///< bytes given to the kernel that needed no request
  fuse_operations,     ///< operations the kernel asked for
  names_dropped,       ///< hostile names in listings, never passed on
  end
};

/// Lock-free; any thread of any process that holds the memfd.
class SharedCounters {
 public:
  static Result<SharedCounters> create();
  static Result<SharedCounters> attach(Fd memfd);

  [[nodiscard]] int fd() const noexcept { return memfd_.get(); }

  void add(Counter counter, std::uint64_t amount = 1) noexcept;
  [[nodiscard]] std::uint64_t value(Counter counter) const noexcept;

 private:
  SharedCounters(Fd memfd, MappedRegion region) noexcept
      : memfd_(std::move(memfd)), region_(std::move(region)) {}

  Fd memfd_;
  MappedRegion region_;
};

}  // namespace vfsrun
