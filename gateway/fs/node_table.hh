// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers that the kernel knows, and how often it was told of each. Any
// thread. Knows nothing of mounts, backends or FUSE.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backends/backend.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun {

enum class Ino : std::uint64_t { none = 0, root = 1 };

struct Node;
using NodePtr = std::shared_ptr<const Node>;

/// A directory, a symlink, or one version of a file. Immutable.
struct Node {
  Ino ino;
  NodePtr parent;  ///< null for the root
  std::string name;
  Kind kind;
  Version version;  ///< files only
};

/// A number names one version of a file for ever: it is never used twice, so
/// no generation is kept, and the kernel's pages of one number are always
/// those of one version.
class NodeTable {
 public:
  NodeTable();

  /// Finds or makes the child that has this kind and version, takes `attr`
  /// as what is known of it, and counts one lookup. When the kernel then
  /// never learns of it, give the lookup back with forget().
  NodePtr remember(const NodePtr& parent, std::string_view name,
                   const Attr& attr);
  /// ESTALE when the kernel was never told of `ino` or has forgotten it.
  [[nodiscard]] Result<NodePtr> at(Ino ino);
  /// What remember() or update() said last. The attributes of a version do
  /// not change, but its size may be learnt late.
  [[nodiscard]] Result<Attr> attr(Ino ino);
  void update(Ino ino, const Attr& attr);
  void forget(Ino ino, std::uint64_t lookups) noexcept;

  [[nodiscard]] static VPath path_of(const Node& node);
  /// How many numbers the kernel may name, the root included.
  [[nodiscard]] std::size_t size();

 private:
  struct Slot {
    NodePtr node;
    Attr attr;
    std::uint64_t lookups = 0;
  };

  struct Tables {
    std::unordered_map<std::uint64_t, Slot> by_number;
    std::unordered_map<std::string, std::uint64_t> by_key;
    std::uint64_t next = 2;
  };

  static std::string key_of(Ino parent, std::string_view name, Kind kind,
                            const Version& version);

  Guarded<Tables> tables_;
};

/// st_ino: the same for all versions of a path, in every run. Never 0.
[[nodiscard]] std::uint64_t stable_number(const VPath& path) noexcept;

}  // namespace vfsrun
