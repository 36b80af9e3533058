// SPDX-License-Identifier: GPL-2.0-or-later
// The inverted start: the calling process becomes the program, and the
// tracer is a grandchild in a session of its own. So exit status, job
// control and signals are the kernel's work, and nothing mirrors them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/base/result.hh"
#include "tracer/seccomp_filter.hh"

namespace vfsrun::tracer {

/// Forks the tracer away, is seized by it, loads the filter and executes
/// `command` (searched in PATH as execvp(3) does). Comes back only with the
/// error of whatever failed; `trace(main)` is called in the tracer's process
/// once `main` is seized, and its process ends after that.
/// Call it with one thread only.
struct LaunchFailure {
  enum class Step : std::uint8_t { start, execute };

  Step step;
  Error error;
};

LaunchFailure launch(const std::vector<std::string>& command,
                     const FilterOptions& filter,
                     const std::function<void(pid_t main)>& trace);

/// Becomes the program without a tracer of its own.
LaunchFailure execute(const std::vector<std::string>& command);

}  // namespace vfsrun::tracer
