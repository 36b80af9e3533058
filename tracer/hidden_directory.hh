// SPDX-License-Identifier: GPL-2.0-or-later
// The private directory that the gateway is mounted on: making it, and
// getting rid of it and of a mount that was left on it. Nothing here ever
// looks below the mount point: a dead server must not hang whoever cleans up.
#pragma once

#include <string>

#include "gateway/base/result.hh"

namespace vfsrun::tracer {

/// Makes an empty 0700 directory below $XDG_RUNTIME_DIR/vfsrun, where that
/// is ours (su leaves the variable of another user), else below $TMPDIR or
/// /tmp. The path holds no symbolic link.
Result<std::string> make_hidden_directory();

/// True while a file system is mounted on `directory` (proc(5), mountinfo).
bool is_mounted(const std::string& directory);

/// Unmounts what is left on it, lazily, and removes it. Any process of the
/// user, also while the gateway is dead.
void remove_hidden_directory(const std::string& directory);

}  // namespace vfsrun::tracer
