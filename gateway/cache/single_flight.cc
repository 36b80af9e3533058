// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/single_flight.hh"

#include <algorithm>

namespace vfsrun {

WantedFlights::~WantedFlights() {
  std::erase_if(flights_, [](const FlightPtr& flight) {
    const bool last = --flight->wanted == 0 && !flight->done;
    if (last) flight->abandoned = true;
    return !last;
  });
  if (flights_.empty()) return;
  lock_.unlock();
  for (const FlightPtr& flight : flights_) flight->stop.request_stop();
}

void WantedFlights::add(const FlightPtr& flight) {
  if (std::ranges::find(flights_, flight) != flights_.end()) return;
  flights_.push_back(flight);
  ++flight->wanted;
}

bool WantedFlights::will_bring(std::uint64_t block) const noexcept {
  return bringer(block) != nullptr;
}

FlightPtr WantedFlights::bringer(std::uint64_t block) const noexcept {
  const auto found = std::ranges::find_if(
      flights_,
      [&](const FlightPtr& flight) { return flight->will_bring(block); });
  return found == flights_.end() ? nullptr : *found;
}

bool WantedFlights::all_done() const noexcept {
  return std::ranges::all_of(
      flights_, [](const FlightPtr& flight) { return flight->done; });
}

const Error* WantedFlights::error_within(
    BlockRange blocks,
    const std::function<bool(std::uint64_t)>& at_hand) const {
  for (const FlightPtr& flight : flights_) {
    if (!flight->error) continue;
    const std::uint64_t end = std::min(flight->blocks.end, blocks.end);
    for (auto block = std::max(flight->next, blocks.first); block < end;
         ++block) {
      if (!at_hand(block)) return &*flight->error;
    }
  }
  return nullptr;
}

}  // namespace vfsrun
