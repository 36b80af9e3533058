// SPDX-License-Identifier: GPL-2.0-or-later
// The two names of a remote file: its virtual path, and the url under which
// its bytes are cached. Pure; any thread.
#pragma once

#include <string>

#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

/// The url of `inner`, a path within the mount.
std::string content_url(const Mount& mount, const VPath& inner);

/// `name` is a virtual path or a url; the url as the cache knows it. EINVAL
/// where no mount shows it.
Result<std::string> cache_url(const std::string& name,
                              const MountTable& mounts);

/// The other way: where the url or path `name` lies in the virtual tree.
Result<VPath> virtual_path(const std::string& name, const MountTable& mounts);

}  // namespace vfsrun
