// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/tracer_stats.hh"

#include <fmt/core.h>

namespace vfsrun::tracer {

std::string format_stats(const TracerStats& stats,
                         const SharedCounters& counters) {
  std::string out;
  const auto line = [&](std::string_view name, std::uint64_t value) {
    out += fmt::format("{}: {}\n", name, value);
  };
  line("stops, path calls", stats.seccomp_stops);
  line("stops, ends of calls", stats.exit_stops);
  line("stops, new threads", stats.new_thread_stops);
  line("stops, first of a thread", stats.event_stops);
  line("stops, exec", stats.exec_stops);
  line("stops, signals", stats.signal_stops);
  line("stops, job control", stats.group_stops);
  line("calls rewritten", stats.calls_rewritten);
  line("calls announced", stats.calls_announced);
  line("scratch mappings", stats.scratch_mappings);
  line("gateway starts", stats.gateway_starts);
  line("stub regions", stats.regions);
  line("stub regions refused", stats.regions_refused);
  line("calls without a stop", stats.stops_saved);
  line("sites seen", stats.sites_seen);
  line("sites patched", stats.sites_patched);
  line("sites refused, unknown form", stats.refused_form);
  line("sites refused, no region", stats.refused_no_region);
  line("sites refused, region full", stats.refused_full);
  line("faults in stubs", stats.stub_faults);
  line("signals that met a stub", stats.stub_evacuations);
  for (const auto& [name, count] : stats.stops_by_call)
    line("stopped at " + name, count);
  line("requests", counters.value(Counter::requests));
  line("bytes from network", counters.value(Counter::bytes_from_network));
  line("bytes from cache", counters.value(Counter::bytes_from_cache));
  line("file system operations", counters.value(Counter::fuse_operations));
  line("names dropped", counters.value(Counter::names_dropped));
  return out;
}

}  // namespace vfsrun::tracer
