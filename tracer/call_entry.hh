// SPDX-License-Identifier: GPL-2.0-or-later
// A path call at its beginning: reads its names, decides what the kernel
// shall see instead, and sends the thread on its way. For the tracer's one
// thread; never waits: what has to be waited for parks the thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/announce_slots.hh"
#include "tracer/call_names.hh"
#include "tracer/call_slots.hh"
#include "tracer/gateway_process.hh"
#include "tracer/memory_worker.hh"
#include "tracer/parked.hh"
#include "tracer/path_map.hh"
#include "tracer/reply_writer.hh"
#include "tracer/stopped.hh"
#include "tracer/stub/patcher.hh"
#include "tracer/tracee.hh"
#include "tracer/tracer_stats.hh"

namespace vfsrun::tracer {

class CallEntry {
 public:
  /// What it works with; all outlive it.
  struct Parts {
    PathMap& map;
    const ListingNames& listing;
    GatewayProcess& gateway;
    AnnounceSlots& announce;
    CallSlots& slots;
    MemoryWorker& memory;
    Parked& parked;
    ReplyWriter& replies;
    TracerStats& stats;
    stub::StubPatcher* stubs;  ///< null without the fast path
  };

  explicit CallEntry(Parts parts) : parts_(parts) {}

  /// At a seccomp-stop, new or parked before. Afterwards the thread runs or
  /// is parked.
  void handle(Stopped stopped, Tracee& tracee);

  /// A memory access that a parked thread waited for is done.
  void handle_answer(Stopped stopped, Tracee& tracee,
                     const MemoryAnswer& answer);

 private:
  /// A call and what was found out about it.
  struct Plan {
    const SyscallRule* rule = nullptr;
    SyscallEntry entry;
    CallNames found;
    bool gives_link = false;  // the result may have to be mapped back

    /// Some path has to be written or a directory announced.
    [[nodiscard]] bool touches_tree() const;
  };

  enum class Next : std::uint8_t { go_on, let_pass, parked };

  Next read_names(Stopped& stopped, const Tracee& tracee, Plan& plan);
  Next need_gateway(Stopped& stopped, Tracee& tracee, const Plan& plan);
  [[nodiscard]] bool gives_link(const Stopped& stopped, const Plan& plan) const;
  static Result<void> redirect_struct(const Stopped& stopped, const Plan& plan,
                                      RemoteAddress region, RemoteAddress room,
                                      std::size_t size, CallInFlight& call);
  static void redirect_link(const Plan& plan, RemoteAddress region,
                            CallInFlight& call);
  Result<void> send_on(Stopped& stopped, Tracee& tracee, const Plan& plan);
  Result<bool> write_paths(Stopped& stopped, Tracee& tracee, const Plan& plan,
                           CallInFlight& call);
  static ExecAttempt exec_attempt(const Plan& plan, const CallInFlight& call);
  void announce(CallInFlight& call, const CallName& name) const;
  [[nodiscard]] Result<std::string> room_text(const SyscallRule& rule,
                                              const Mapping& mapping) const;
  void handle_nameless(Stopped stopped, Tracee& tracee,
                       const SyscallEntry& entry);
  void mount_tree(Stopped stopped);
  static void trace_child(Stopped stopped, Tracee& tracee,
                          const SyscallEntry& entry);
  Result<void> begin_mapping(Stopped& stopped, Tracee& tracee,
                             const SyscallEntry& entry);
  void getcwd(Stopped stopped, Tracee& tracee, const SyscallEntry& entry);
  void list(Stopped stopped, Tracee& tracee, const SyscallEntry& entry);

  Parts parts_;
};

}  // namespace vfsrun::tracer
