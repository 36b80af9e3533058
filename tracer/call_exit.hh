// SPDX-License-Identifier: GPL-2.0-or-later
// A path call at its end: the program's registers back as they were, hidden
// names in results turned into virtual ones. For the tracer's one thread.
#pragma once

#include <optional>
#include <string>

#include "tracer/path_map.hh"
#include "tracer/reply_writer.hh"
#include "tracer/stopped.hh"
#include "tracer/tracee.hh"

namespace vfsrun::tracer {

/// What follows the calls that CallEntry sent on.
class CallExit {
 public:
  /// Both outlive it.
  CallExit(const PathMap& map, ReplyWriter& replies)
      : map_(map), replies_(replies) {}

  /// At a syscall-exit-stop. Spends `tracee.in_flight`, `injection`,
  /// `interpreter` or `listing` step by step; a stop that nobody waits for
  /// changes nothing. Afterwards the thread runs or is parked.
  void handle(Stopped stopped, Tracee& tracee);

 private:
  Result<Until> go_on(const Stopped& stopped, Tracee& tracee);
  Result<Until> finish_call(const Stopped& stopped, Tracee& tracee);
  Result<std::optional<std::string>> link_text(const Stopped& stopped,
                                               const LinkResult& link) const;

  const PathMap& map_;
  ReplyWriter& replies_;
};

/// At the exec event of a program started by a rewritten name: its argv and
/// AT_EXECFN show the virtual name instead of the hidden one (a script's
/// `$0` comes from there).
Result<void> show_virtual_names(const Stopped& stopped, const PathMap& map);

}  // namespace vfsrun::tracer
