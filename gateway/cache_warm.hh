// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun-gateway cache warm: reads files and trees through a mount of its own,
// so that their bytes are on disk before they are needed.
#pragma once

#include "gateway/base/mount_table.hh"
#include "gateway/cli.hh"

namespace vfsrun {

/// The exit status: 1 where anything could not be read, each with a line.
int warm_cache(const Options& options, const MountTable& mounts);

}  // namespace vfsrun
