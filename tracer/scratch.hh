// SPDX-License-Identifier: GPL-2.0-or-later
// The scratch region: a private mapping in the traced program where rewritten
// paths stand, so that neither its stack nor its strings are touched. For the
// tracer's one thread.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/base/result.hh"
#include "tracer/call_slots.hh"
#include "tracer/remote_memory.hh"
#include "tracer/stopped.hh"

namespace vfsrun::tracer::scratch {

/// Paths of one call: rename and link have two.
constexpr std::size_t paths_per_slot = 2;

/// Where this program's region is; nothing while it has none. A region
/// belongs to the address space: threads share it, fork copies it, exec
/// drops it. So the program's memory is asked, and no table can be wrong.
std::optional<RemoteAddress> find(pid_t tid);

/// An mmap(2) call that was put in the place of the program's own. The
/// thread makes it on its way to the next syscall-exit-stop; finish() then
/// sets it back to before its own call, which it makes again.
class Injection {
 public:
  /// At a seccomp-stop. `attempt` counts from 0: each tries another address.
  static Result<Injection> begin(const Stopped& stopped, const arch::Abi& abi,
                                 int attempt);

  /// At the syscall-exit-stop. False when the kernel refused the mapping.
  Result<bool> finish(const Stopped& stopped) const;

  [[nodiscard]] int attempt() const noexcept { return attempt_; }

  static constexpr int attempts = 2;

 private:
  Injection(const arch::Registers& saved, int attempt)
      : saved_(saved), attempt_(attempt) {}

  arch::Registers saved_;
  int attempt_;
};

/// Room `index` (below paths_per_slot) of `slot`: PATH_MAX bytes.
RemoteAddress room_address(RemoteAddress region, const CallSlots::Lease& slot,
                           std::size_t index);

/// Puts `bytes` into room `index` (below paths_per_slot) of `slot`; gives
/// their address. ENAMETOOLONG for more than PATH_MAX bytes.
Result<RemoteAddress> write_room(pid_t tid, RemoteAddress region,
                                 const CallSlots::Lease& slot,
                                 std::size_t index, std::string_view bytes);

}  // namespace vfsrun::tracer::scratch
