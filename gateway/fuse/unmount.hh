// SPDX-License-Identifier: GPL-2.0-or-later
// Taking a FUSE mount away, as root or as an ordinary user. Any thread.
#pragma once

#include <chrono>
#include <string>

#include "gateway/base/result.hh"

namespace vfsrun::fuse {

/// Detached: programs still hold files of it; the name is free all the same.
enum class Unmounted : std::uint8_t { gone, detached };

/// Waits a moment for those who are just leaving, then detaches. Bounded in
/// time, whatever the mount does.
Result<Unmounted> unmount(const std::string& mountpoint);

/// What stands in the way of mounting at `mountpoint`, in one line that says
/// what to do; nothing when it looks well.
Result<void> check_mountable(const std::string& mountpoint);

}  // namespace vfsrun::fuse
