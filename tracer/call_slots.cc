// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_slots.hh"

namespace vfsrun::tracer {

CallSlots::CallSlots() {
  free_.reserve(count);
  for (std::size_t number = count; number > 0; --number)
    free_.push_back(number - 1);
}

std::optional<CallSlots::Lease> CallSlots::take() {
  if (free_.empty()) return std::nullopt;
  const std::size_t number = free_.back();
  free_.pop_back();
  return Lease(this, number);
}

}  // namespace vfsrun::tracer
