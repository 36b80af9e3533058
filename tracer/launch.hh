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

/// What the tracer's process does. `prepare` runs before the program may
/// start: where it fails, nothing starts. `run` comes once `main` is seized;
/// the process ends after it.
struct Tracing {
  std::function<Result<void>()> prepare;
  std::function<void(pid_t main)> run;
};

/// Forks the tracer away, is seized by it, loads the filter and executes
/// `file` (searched in PATH as execvp(3) does where it has no "/") with the
/// arguments `command`. Comes back only with the error of whatever failed.
/// Call it with one thread only.
struct LaunchFailure {
  enum class Step : std::uint8_t { start, execute };

  Step step;
  Error error;
};

LaunchFailure launch(const std::string& file,
                     const std::vector<std::string>& command,
                     const FilterOptions& filter, const Tracing& tracing);

/// Becomes the program without a tracer of its own.
LaunchFailure execute(const std::string& file,
                      const std::vector<std::string>& command);

}  // namespace vfsrun::tracer
