// SPDX-License-Identifier: GPL-2.0-or-later
// What --stats prints of the tracer's own work. One thread's plain counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "gateway/base/shared_counters.hh"

namespace vfsrun::tracer {

struct TracerStats {
  std::uint64_t seccomp_stops = 0;  ///< calls the filter asked about
  /// The same by the call's name, for calls made by a stub that was in doubt
  /// and for others.
  std::map<std::string, std::uint64_t> stops_by_call;
  std::uint64_t exit_stops = 0;  ///< ends of rewritten or watched calls
  std::uint64_t new_thread_stops = 0;
  std::uint64_t exec_stops = 0;
  std::uint64_t signal_stops = 0;
  std::uint64_t group_stops = 0;
  std::uint64_t event_stops = 0;      ///< first stops, ends of group-stops
  std::uint64_t calls_rewritten = 0;  ///< calls that got another path
  std::uint64_t calls_announced = 0;
  std::uint64_t scratch_mappings = 0;
  std::uint64_t gateway_starts = 0;
  std::uint64_t regions = 0;          ///< programs with a stub region
  std::uint64_t regions_refused = 0;  ///< programs that got none
  std::uint64_t stops_saved = 0;      ///< calls that stubs let pass; at least
  std::uint64_t sites_seen = 0;       ///< in all programs together
  std::uint64_t sites_patched = 0;
  std::uint64_t refused_form = 0;       ///< not of a form that is known
  std::uint64_t refused_no_region = 0;  ///< in programs without a region
  std::uint64_t refused_full = 0;       ///< no room for another stub
  std::uint64_t stub_faults = 0;        ///< signals that were the stub's own
  std::uint64_t stub_evacuations = 0;   ///< signals that met a thread in it
};

/// "name: number" lines, the tracer's first, then the gateway's.
std::string format_stats(const TracerStats& stats,
                         const SharedCounters& counters);

}  // namespace vfsrun::tracer
