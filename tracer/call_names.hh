// SPDX-License-Identifier: GPL-2.0-or-later
// The names in a system call: where they stand, what they say, and what the
// kernel shall see instead. For the tracer's one thread; never waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/local_links.hh"
#include "tracer/memory_worker.hh"
#include "tracer/path_map.hh"
#include "tracer/stopped.hh"
#include "tracer/syscall_table.hh"
#include "tracer/tracee.hh"

namespace vfsrun::tracer {

struct CallName {
  std::size_t index = 0;   ///< which of the rule's paths
  std::size_t room = 0;    ///< which room of the call's slot
  std::string text;        ///< as the program gave it
  std::string local_path;  ///< absolute, where it is local and known
  Mapping mapping;
};

/// What was found out about the names of one call.
struct CallNames {
  enum class Outcome : std::uint8_t {
    known,   ///< `names` holds all that can be read and may be changed
    absent,  ///< `missing` has to be read by somebody who can wait
  };

  Outcome outcome = Outcome::known;
  std::vector<CallName> names;
  /// Local names that may lead into the tree by a link which the kernel had
  /// not in its caches: to be looked at again if the call fails.
  std::vector<UncertainName> uncertain;
  /// The structure that the name stands in, and how many precede it.
  std::string structure;
  std::size_t structures_before = 0;
  MemoryJob missing;
};

/// An argument by its index.
std::uint64_t argument(const SyscallEntry& entry, int index);
int dirfd_of(const SyscallEntry& entry, const PathArgument& where);

/// Reads and maps the names of a call that `rule` describes. `absent` says
/// whether pages that are not resident may be waited for; strings that were
/// read for the thread already are in `tracee.fetched`.
CallNames read_call_names(const Stopped& stopped, const Tracee& tracee,
                          const SyscallRule& rule, const SyscallEntry& entry,
                          const PathMap& map, Absent absent);

}  // namespace vfsrun::tracer
