// SPDX-License-Identifier: GPL-2.0-or-later
// A path call at its beginning: reads its names, decides what the kernel
// shall see instead, and sends the thread on its way. For the tracer's one
// thread; never waits: what has to be waited for parks the thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/announce_slots.hh"
#include "tracer/call_slots.hh"
#include "tracer/gateway_process.hh"
#include "tracer/memory_worker.hh"
#include "tracer/parked.hh"
#include "tracer/path_map.hh"
#include "tracer/stopped.hh"
#include "tracer/tracee.hh"
#include "tracer/tracer_stats.hh"

namespace vfsrun::tracer {

class CallEntry {
 public:
  /// What it works with; all outlive it.
  struct Parts {
    PathMap& map;
    GatewayProcess& gateway;
    AnnounceSlots& announce;
    CallSlots& slots;
    MemoryWorker& memory;
    Parked& parked;
    TracerStats& stats;
  };

  explicit CallEntry(Parts parts) : parts_(parts) {}

  /// At a seccomp-stop, new or parked before. Afterwards the thread runs or
  /// is parked.
  void handle(Stopped stopped, Tracee& tracee);

  /// A memory access that a parked thread waited for is done.
  void handle_answer(Stopped stopped, Tracee& tracee,
                     const MemoryAnswer& answer);

 private:
  struct Name {
    std::size_t index;  // which of the rule's paths
    std::string text;   // as the program gave it
    Mapping mapping;
  };

  /// What was found out about a call, or what it waits for.
  struct Plan {
    const SyscallRule* rule = nullptr;
    SyscallEntry entry;
    std::vector<Name> names;
    std::optional<LinkResult> link;
  };

  enum class Next : std::uint8_t { go_on, let_pass, parked };

  /// Where one name of a call stands.
  struct NameSource {
    std::size_t index;
    RemoteAddress address;
    std::uint64_t size;  // of a socket address; 0: a string
    int dirfd;
  };

  Next read_names(Stopped& stopped, Tracee& tracee, Plan& plan);
  Next read_name(Stopped& stopped, Tracee& tracee, Plan& plan,
                 const NameSource& source);
  [[nodiscard]] Result<std::string> fetch(pid_t tid, const Tracee& tracee,
                                          const NameSource& source) const;
  Next need_gateway(Stopped& stopped, const Plan& plan);
  void watch_link(const Stopped& stopped, Plan& plan) const;
  Result<void> rewrite(Stopped& stopped, Tracee& tracee, const Plan& plan);
  void announce(CallInFlight& call, const Name& name) const;
  [[nodiscard]] Result<std::string> room_text(const SyscallRule& rule,
                                              const Mapping& mapping) const;
  void trace_the_child(Stopped stopped, Tracee& tracee,
                       const SyscallEntry& entry);
  Result<void> begin_mapping(Stopped& stopped, Tracee& tracee,
                             const SyscallEntry& entry);
  void getcwd(Stopped stopped, const SyscallEntry& entry);

  Parts parts_;
};

}  // namespace vfsrun::tracer
