// SPDX-License-Identifier: GPL-2.0-or-later
// What --stats prints of the tracer's own work. One thread's plain counts.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/shared_counters.hh"

namespace vfsrun::tracer {

struct TracerStats {
  std::uint64_t seccomp_stops = 0;  ///< calls the filter asked about
  std::uint64_t exit_stops = 0;     ///< ends of rewritten or watched calls
  std::uint64_t new_thread_stops = 0;
  std::uint64_t exec_stops = 0;
  std::uint64_t signal_stops = 0;
  std::uint64_t group_stops = 0;
  std::uint64_t event_stops = 0;      ///< first stops, ends of group-stops
  std::uint64_t calls_rewritten = 0;  ///< calls that got another path
  std::uint64_t calls_announced = 0;
  std::uint64_t scratch_mappings = 0;
  std::uint64_t gateway_starts = 0;
};

/// "name: number" lines, the tracer's first, then the gateway's.
std::string format_stats(const TracerStats& stats,
                         const SharedCounters& counters);

}  // namespace vfsrun::tracer
