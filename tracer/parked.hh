// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that wait in a seccomp-stop for something of the tracer's: the
// gateway's start, a slot, a page. For the tracer's one thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <unordered_map>
#include <vector>

#include "tracer/stopped.hh"

namespace vfsrun::tracer {

enum class WaitsFor : std::uint8_t { gateway, slot, memory };

class Parked {
 public:
  void park(Stopped stopped, WaitsFor reason);

  /// Whoever waits for `reason`, in the order of coming; they are out then.
  std::vector<Stopped> take_all(WaitsFor reason);
  /// That one thread, if it still waits.
  std::optional<Stopped> take(pid_t tid);
  /// The thread is gone.
  void forget(pid_t tid);

  [[nodiscard]] bool empty() const noexcept { return threads_.empty(); }

 private:
  struct Entry {
    Stopped stopped;
    WaitsFor reason;
  };

  std::vector<Entry> threads_;
};

}  // namespace vfsrun::tracer
