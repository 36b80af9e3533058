// SPDX-License-Identifier: GPL-2.0-or-later
// Symbolic links of the local file system that lead into the virtual tree.
// The kernel would follow them to names that do not exist for it; here they
// are followed as they are meant. For the tracer's one thread: looks at what
// the kernel has in its caches only, and so never waits for a disk or a
// server.
#pragma once

#include <cstdint>
#include <string>

#include "tracer/path_map.hh"

namespace vfsrun::tracer {

enum class Follow : std::uint8_t { no, yes };

struct LinkAnswer {
  enum class Kind : std::uint8_t {
    local,      ///< the kernel's own way is right
    into_tree,  ///< the name means `path`, a virtual one
    uncached,   ///< not to be told without waiting
  };

  Kind kind = Kind::local;
  std::string path;
};

/// A local name that could not be judged without waiting.
struct UncertainName {
  std::string path;
  Follow last = Follow::yes;
};

/// Where the absolute local name `path` leads. `last` says whether a link as
/// last component counts. Follows chains as far as the kernel does
/// (path_resolution(7): 40 links).
LinkAnswer follow_local_links(const std::string& path, Follow last,
                              const PathMap& map);

/// True when `path` names something that the kernel has in its caches.
bool is_cached_file(const std::string& path);

}  // namespace vfsrun::tracer
