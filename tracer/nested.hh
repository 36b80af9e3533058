// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun inside vfsrun: a process has one tracer only, so the inner one runs
// its program directly, under the outer one's mounts.
#pragma once

#include <optional>

#include "gateway/base/fd.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"

namespace vfsrun::tracer {

/// The process that traces this one (proc(5), TracerPid); 0: none.
pid_t own_tracer();

/// Memory in which a tracer keeps its mounts, for inner runs to find as long
/// as the descriptor is open.
Result<Fd> publish_mounts(const std::string& mounts_toml);

/// The mounts of the vfsrun that traces this process; nothing when none does.
std::optional<MountTable> outer_mounts();

/// EINVAL, naming the first mount of `inner` that `outer` has not.
Result<void> check_covered(const MountTable& inner, const MountTable& outer);

}  // namespace vfsrun::tracer
