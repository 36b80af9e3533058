// SPDX-License-Identifier: GPL-2.0-or-later
// The tracer's one thread: waits for stops and hands each to what knows it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <unordered_set>
#include <vector>

#include "gateway/base/announce_slots.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/shared_counters.hh"
#include "tracer/call_entry.hh"
#include "tracer/call_exit.hh"
#include "tracer/gateway_process.hh"
#include "tracer/stub/patcher.hh"
#include "tracer/wait_status.hh"

namespace vfsrun::tracer {

struct LoopOptions {
  bool print_stats = false;
  bool use_stubs = true;  ///< the fast path
};

/// Owns everything that the tracing of one tree of processes needs.
class EventLoop {
 public:
  struct Resources {
    AnnounceSlots announce;
    SharedCounters counters;
    MemoryWorker memory;

    static Result<Resources> create();
  };

  /// `main` is seized already.
  EventLoop(pid_t main, const MountTable& mounts, GatewaySettings gateway,
            Resources& resources, const LoopOptions& options);

  /// Until the last traced process has ended. That one is not reaped: its
  /// parent learns of the end when the caller's process ends, and by then
  /// nothing of ours is left.
  void run();

 private:
  struct Event {
    pid_t tid;
    int status;
  };

  /// False when only the last process's end is left.
  bool wait_for_events(std::vector<Event>& events);
  std::optional<Event> next_event(bool block);
  std::optional<Event> look_out();

  [[nodiscard]] std::uint64_t stops_of_tree_calls() const noexcept {
    return stats_.calls_rewritten + stats_.exit_stops;
  }

  void wait_for_descriptors();
  void dispatch(const Event& event);
  void on_gone(pid_t tid);
  void on_new_thread(const Stopped& stopped);
  void on_signal(Stopped stopped, int signal);
  void on_exec(const Stopped& stopped);
  void retry_parked(WaitsFor reason);
  void on_gateway_event();
  void on_tree_there();
  void on_memory_answers();
  void on_main_ended();

  pid_t main_;
  bool main_ended_ = false;
  bool last_ended_ = false;
  const bool may_look_out_;    ///< there is a CPU for it
  bool soon_another_ = false;  ///< a stop is to be expected at once
  /// Threads whose end came before their parent told of their beginning.
  std::unordered_set<pid_t> gone_early_;
  bool print_stats_;
  TracerStats stats_;
  SharedCounters& counters_;
  MemoryWorker& memory_;
  PathMap map_;
  ListingNames listing_;
  TraceeTable tracees_;
  std::optional<stub::StubPatcher> stubs_;
  GatewayProcess gateway_;
  CallSlots slots_;
  Parked parked_;
  ReplyWriter replies_;
  CallExit exit_;
  CallEntry entry_;
  sigset_t wait_mask_{};
};

}  // namespace vfsrun::tracer
