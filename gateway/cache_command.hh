// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun-gateway cache …: what the command prints and does. Used by one
// thread, in a process of its own.
#pragma once

#include "gateway/base/mount_table.hh"
#include "gateway/cli.hh"

namespace vfsrun {

/// The exit status: 0, or 1 with a line on stderr.
int run_cache_command(const Options& options, const MountTable& mounts);

}  // namespace vfsrun
