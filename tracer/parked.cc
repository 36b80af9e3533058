// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/parked.hh"

#include <algorithm>

namespace vfsrun::tracer {

void Parked::park(Stopped stopped, WaitsFor reason) {
  threads_.push_back({std::move(stopped), reason});
}

std::vector<Stopped> Parked::take_all(WaitsFor reason) {
  std::vector<Stopped> taken;
  std::vector<Entry> rest;
  for (Entry& entry : threads_) {
    if (entry.reason == reason) {
      taken.push_back(std::move(entry.stopped));
    } else {
      rest.push_back(std::move(entry));
    }
  }
  threads_ = std::move(rest);
  return taken;
}

std::optional<Stopped> Parked::take(pid_t tid) {
  const auto hit = std::ranges::find_if(
      threads_, [&](const Entry& entry) { return entry.stopped.tid() == tid; });
  if (hit == threads_.end()) return std::nullopt;
  Stopped stopped = std::move(hit->stopped);
  threads_.erase(hit);
  return stopped;
}

void Parked::forget(pid_t tid) {
  if (auto gone = take(tid)) std::move(*gone).abandon();
}

}  // namespace vfsrun::tracer
