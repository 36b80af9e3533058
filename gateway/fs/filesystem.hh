// SPDX-License-Identifier: GPL-2.0-or-later
// What each operation of the kernel means, with no FUSE type in it. Any
// thread, blocking until the answer is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/call.hh"
#include "gateway/base/shared_counters.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/handle_table.hh"
#include "gateway/fs/metadata.hh"
#include "gateway/fs/node_table.hh"
#include "gateway/fs/open_file.hh"
#include "gateway/fs/root_dir.hh"

namespace vfsrun {

/// The attributes of a node, permission bits filled in.
struct NodeAttr {
  std::uint64_t number = 0;  ///< st_ino
  Attr attr;
  std::chrono::nanoseconds valid{};  ///< how long the kernel may believe them
};

struct EntryReply {
  Ino ino = Ino::none;
  NodeAttr node;
  std::chrono::nanoseconds valid{};  ///< of the name
};

struct Opened {
  std::uint64_t handle = 0;
  bool keep_cache = false;  ///< pages read before are of the same version
  bool direct_io = false;   ///< the length is not known
};

/// A directory as it was when it was opened.
struct OpenDirectory {
  struct Name {
    std::string name;
    Kind kind;
    std::uint64_t number;
  };

  std::vector<Name> names;  ///< "." and ".." first
};

class Filesystem {
 public:
  /// All parts outlive this.
  struct Parts {
    const RootDir& root;
    Metadata& metadata;
    ContentCache& contents;
    ReadAheadBudget& read_ahead;
    SharedCounters& counters;
  };

  explicit Filesystem(const Parts& parts) noexcept : parts_(parts) {}

  /// Counts one lookup: give it back with forget() if the kernel never
  /// learns of it.
  Result<EntryReply> lookup(Ino parent, std::string_view name, Call& call);
  void forget(Ino ino, std::uint64_t lookups) noexcept;
  Result<NodeAttr> attributes(Ino ino);
  Result<std::string> link_target(Ino ino);
  /// access(2): `mask` of R_OK, W_OK, X_OK.
  Result<void> access(Ino ino, int mask);

  /// `flags` as open(2) takes them. ESTALE where the server has another
  /// version than the node: the kernel then looks the name up again.
  Result<Opened> open(Ino ino, int flags, Call& call);
  /// As OpenFile::read().
  Result<FileBytes> read(std::uint64_t handle, std::uint64_t offset,
                         std::span<std::byte> room, Call& call);

  void release(std::uint64_t handle) noexcept { files_.remove(handle); }

  Result<std::uint64_t> open_directory(Ino ino, Call& call);

  Result<std::shared_ptr<OpenDirectory>> directory(std::uint64_t handle) {
    return directories_.at(handle);
  }

  void release_directory(std::uint64_t handle) noexcept {
    directories_.remove(handle);
  }

  /// Declares a directory in an http mount, EROFS elsewhere.
  Result<EntryReply> make_directory(Ino parent, std::string_view name,
                                    Call& call);
  /// Why `name` cannot be changed or removed: EBUSY for a mount and what
  /// leads to one, else EROFS.
  [[nodiscard]] Error refusal(Ino parent, std::string_view name);

  /// For logs: the path of a node, or "?" where it is unknown.
  [[nodiscard]] std::string describe(Ino ino, std::string_view name = {});

 private:
  Result<NodePtr> directory_node(Ino ino);
  EntryReply remember(const NodePtr& parent, const Place& place, Found found);
  Result<std::shared_ptr<OpenFile>> open_streamed(const NodePtr& node,
                                                  const Place& place,
                                                  Call& call);
  Result<std::vector<DirEntry>> names_of(const Place& place, Call& call);

  Parts parts_;
  NodeTable nodes_;
  HandleTable<OpenDirectory> directories_;
  HandleTable<OpenFile> files_;
};

}  // namespace vfsrun
