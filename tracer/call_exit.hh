// SPDX-License-Identifier: GPL-2.0-or-later
// A path call at its end: the program's registers back as they were, hidden
// names in results turned into virtual ones. For the tracer's one thread.
#pragma once

#include "tracer/path_map.hh"
#include "tracer/stopped.hh"
#include "tracer/tracee.hh"

namespace vfsrun::tracer {

/// At the syscall-exit-stop of a call that CallEntry sent on. Spends
/// `tracee.in_flight`, `injection` or `listing`; the caller resumes the
/// thread as the answer says. A stop that nobody waits for is none of ours
/// and changes nothing.
Result<Until> finish_call(const Stopped& stopped, Tracee& tracee,
                          const PathMap& map);

/// At the exec event of a program started by a rewritten name: its argv and
/// AT_EXECFN show the virtual name instead of the hidden one (a script's
/// `$0` comes from there).
Result<void> show_virtual_names(const Stopped& stopped, const PathMap& map);

}  // namespace vfsrun::tracer
