// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway as the tracer sees it: started at the first virtual name,
// ready or failed some time later, ended with the last traced process. For
// the tracer's one thread; nothing here waits but stop().
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/announce_slots.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/result.hh"
#include "gateway/base/shared_counters.hh"

namespace vfsrun::tracer {

struct GatewaySettings {
  std::string executable;
  std::vector<std::string> log_arguments;  ///< -v, --log FILE
  std::string mounts_toml;                 ///< the table as it was parsed
};

class GatewayProcess {
 public:
  enum class State : std::uint8_t { idle, starting, ready, failed };

  /// `announce` and `counters` must outlive it.
  GatewayProcess(GatewaySettings settings, const AnnounceSlots& announce,
                 const SharedCounters& counters)
      : settings_(std::move(settings)),
        announce_(&announce),
        counters_(&counters) {}

  [[nodiscard]] State state() const noexcept { return state_; }

  /// The mount point; empty unless ready.
  [[nodiscard]] const std::string& directory() const noexcept {
    return directory_;
  }

  /// From idle to starting, or to failed with one line in the log.
  void start();

  /// Readable while starting, and when the gateway dies later; -1 before
  /// start().
  [[nodiscard]] int event_fd() const noexcept;

  /// Reads what event_fd() has: may change the state, says deaths once.
  void on_event();

  /// A process that waitpid(2) reported was one of ours.
  bool reaped(pid_t pid) noexcept;

  /// The main program has ended: its stderr is not ours any more.
  void leave_stderr() noexcept;

  /// Ends the gateway and waits until mount, processes and directory are
  /// gone (bounded by the keeper's patience).
  void stop();

 private:
  Result<void> launch();
  void on_ready_text();
  void on_death_text();

  GatewaySettings settings_;
  const AnnounceSlots* announce_;
  const SharedCounters* counters_;
  State state_ = State::idle;
  std::string directory_;
  pid_t keeper_ = -1;
  std::string ready_text_;
  Fd ready_;    // read end; closed once ready
  Fd death_;    // read end
  Fd control_;  // write end: its closing ends the gateway
  Fd alive_;    // write end: its closing ends the keeper's patience
};

}  // namespace vfsrun::tracer
