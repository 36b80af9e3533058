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

class Node;
using NodePtr = std::shared_ptr<const Node>;

/// A directory, a symlink, one version of a file, or a file that is changed
/// in place. Where it stands is the table's to say: it may be renamed.
class Node {
 public:
  Node(Ino number, Kind what, Version which) noexcept
      : ino(number), kind(what), version(std::move(which)) {}

  const Ino ino;
  const Kind kind;
  const Version version;  ///< of stores that have versions; files only

 private:
  friend class NodeTable;

  // Behind the table's lock.
  mutable NodePtr parent_;  ///< null for the root
  mutable std::string name_;
  mutable bool gone_ = false;         ///< no name leads here any more
  mutable std::uint64_t number_ = 0;  ///< st_ino; 0: follows from the path
};

/// A number of the kernel's is never used twice, so no generation is kept.
/// Where a store has versions it names one version for ever, and the pages of
/// one number are always those of one version.
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

  /// The child as the kernel knows it by now, or null. Without versions.
  [[nodiscard]] NodePtr child(const NodePtr& parent, std::string_view name,
                              Kind kind);
  /// Renamed: what it was stays its own, its number and all below it too.
  /// What has stood there is gone.
  void move(const NodePtr& node, const NodePtr& parent, std::string_view name);
  /// Removed. Who has it open may go on; a new file of the name is another.
  void remove(const NodePtr& node);
  [[nodiscard]] bool gone(const Node& node);

  /// The path it has, or had when it was removed.
  [[nodiscard]] VPath path_of(const Node& node);
  /// st_ino. It stays when a node is renamed, and no two nodes without a
  /// version have the same one at the same time.
  [[nodiscard]] std::uint64_t number_of(const Node& node);
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
    /// st_ino in use → who has it; of nodes without a version.
    std::unordered_map<std::uint64_t, const Node*> numbers;
    std::uint64_t next = 2;
  };

  static std::string key_of(Ino parent, std::string_view name, Kind kind,
                            const Version& version);
  static std::string key_of(const Node& node);
  static VPath path(const Node& node);
  static void drop_key(Tables& tables, const Node& node);
  static void number(Tables& tables, const Node& node);

  Guarded<Tables> tables_;
};

/// A number made from a path: the same in every run. Never 0.
[[nodiscard]] std::uint64_t stable_number(const VPath& path) noexcept;

}  // namespace vfsrun
