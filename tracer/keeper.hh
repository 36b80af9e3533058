// SPDX-License-Identifier: GPL-2.0-or-later
// The keeper: a small process between tracer and gateway that outlives both
// and leaves no mount behind, whichever of them is killed.
#pragma once

#include <string>
#include <vector>

#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"

namespace vfsrun::tracer {

struct KeeperTask {
  std::vector<std::string> gateway_command;
  std::vector<Inherit> gateway_inherits;
  std::string hidden_directory;
  Fd tracer_alive;   ///< pipe, read end: ends when the tracer is gone or done
  Fd gateway_death;  ///< pipe, write end: a line when the gateway dies early
};

/// Starts the gateway, waits for the tracer's end, then for the gateway's
/// (bounded; killed after), unmounts and removes what is left. Runs as the
/// whole of a forked process. The gateway's descriptors are closed here as
/// soon as it has them.
[[noreturn]] void run_keeper(KeeperTask task, std::vector<Fd> gateway_side);

}  // namespace vfsrun::tracer
