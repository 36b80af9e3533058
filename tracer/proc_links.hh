// SPDX-License-Identifier: GPL-2.0-or-later
// Where a thread stands and what its descriptors are, from the links of
// proc(5). Reading such a link never looks below a mount point (d_path only),
// so it cannot hang on a server. Any thread.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <optional>
#include <string>

namespace vfsrun::tracer {

/// Target of any symbolic link, at most PATH_MAX bytes.
std::optional<std::string> read_link(const std::string& path);

/// The directory that names relative to `dirfd` start at; AT_FDCWD for the
/// working directory.
std::optional<std::string> base_directory(pid_t tid, int dirfd);

}  // namespace vfsrun::tracer
