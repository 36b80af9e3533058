// SPDX-License-Identifier: GPL-2.0-or-later
// PATH, searched before anything is traced: each directory that the program's
// own execvp(3) would try in vain costs it a stop. For the one thread of
// vfsrun before the start.
#pragma once

#include <string>

#include "gateway/base/mount_table.hh"

namespace vfsrun::tracer {

/// The file that execvp(3) of `name` will execute, or `name` itself where
/// that is not certain: a directory of PATH that lies in the tree, is
/// relative, or holds a link of that name that leads nowhere yet.
std::string find_program(const std::string& name, const MountTable& mounts);

}  // namespace vfsrun::tracer
