// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/shared_counters.hh"

#include <array>
#include <atomic>
#include <new>

namespace vfsrun {

namespace {

constexpr auto counter_count = static_cast<std::size_t>(Counter::end);
using Table = std::array<std::atomic<std::uint64_t>, counter_count>;

std::atomic<std::uint64_t>& cell(const MappedRegion& region, Counter counter) {
  auto& table = *std::launder(reinterpret_cast<Table*>(region.data()));
  return table.at(static_cast<std::size_t>(counter));
}

}  // namespace

Result<SharedCounters> SharedCounters::create() {
  return attach(TRY(make_memfd("vfsrun-counters", sizeof(Table))));
}

Result<SharedCounters> SharedCounters::attach(Fd memfd) {
  MappedRegion region =
      TRY(MappedRegion::map(memfd.get(), sizeof(Table), true));
  return SharedCounters(std::move(memfd), std::move(region));
}

void SharedCounters::add(Counter counter, std::uint64_t amount) noexcept {
  cell(region_, counter).fetch_add(amount, std::memory_order_relaxed);
}

std::uint64_t SharedCounters::value(Counter counter) const noexcept {
  return cell(region_, counter).load(std::memory_order_relaxed);
}

}  // namespace vfsrun
