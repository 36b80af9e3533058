// SPDX-License-Identifier: GPL-2.0-or-later
// mounts.d files → MountTable. Pure but for reading the files; any thread.
// Knows nothing of backends but the names of the schemes that exist.
#pragma once

#include <boost/filesystem/path.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

/// Where mounts come from, the weaker ones first.
struct MountSources {
  /// `*.toml` of each, sorted by name. A later file of the same name replaces
  /// an earlier one, an empty one switches it off. A missing directory is no
  /// error.
  std::vector<boost::filesystem::path> directories;
  /// "PATH=URL" as --mount takes it; replaces a mount of the same path.
  std::vector<std::string> specs;
};

/// The built-ins that belong to `executable` (mounts.d beside it, else
/// ../share/vfsrun/mounts.d), /etc/vfsrun/mounts.d, and mounts.d in
/// $XDG_CONFIG_HOME/vfsrun or ~/.config/vfsrun.
MountSources default_sources(const boost::filesystem::path& executable);

/// Reads all of it. EINVAL when anything is wrong; the detail then lists every
/// problem, one a line: "FILE:LINE: key: what is wrong; expected …".
Result<MountTable> load_mounts(const MountSources& sources);

/// A whole table as one text, for handing it to another process, and back.
std::string to_toml(const MountTable& table);
Result<MountTable> from_toml(std::string_view text);

}  // namespace vfsrun
