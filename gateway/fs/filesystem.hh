// SPDX-License-Identifier: GPL-2.0-or-later
// What each operation of the kernel means, with no FUSE type in it. Any
// thread, blocking until the answer is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/call.hh"
#include "gateway/base/shared_counters.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/handle_table.hh"
#include "gateway/fs/live_filesystem.hh"
#include "gateway/fs/metadata.hh"
#include "gateway/fs/node_table.hh"
#include "gateway/fs/open_file.hh"
#include "gateway/fs/root_dir.hh"
#include "gateway/fs/walks.hh"

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
  Ino ino = Ino::none;
  /// The kernel may keep the names; and has them already.
  bool keepable = false;
  bool kept = false;
};

class Filesystem {
 public:
  /// All parts outlive this.
  struct Parts {
    const RootDir& root;
    Metadata& metadata;
    ContentCache& contents;
    ReadAheadBudget& read_ahead;
    Walks& walks;
    SharedCounters& counters;
    MetaCache& cache;
    const Clock& clock;
    Spool spool;
  };

  explicit Filesystem(const Parts& parts)
      : parts_(parts),
        live_({parts.root, nodes_, parts.cache, parts.contents,
               parts.read_ahead, parts.counters, parts.clock, parts.spool}) {}

  /// See LiveFilesystem.
  void on_stale(std::function<void(Ino)> stale) {
    live_.on_stale(std::move(stale));
  }

  void end(std::chrono::steady_clock::time_point deadline) noexcept {
    live_.end(deadline);
  }

  /// Counts one lookup: give it back with forget() if the kernel never
  /// learns of it.
  Result<EntryReply> lookup(Ino parent, std::string_view name, Call& call);
  void forget(Ino ino, std::uint64_t lookups) noexcept;
  Result<NodeAttr> attributes(Ino ino, Call& call);
  Result<std::string> link_target(Ino ino, Call& call);
  /// access(2): `mask` of R_OK, W_OK, X_OK.
  Result<void> access(Ino ino, int mask, Call& call);
  /// Nothing where the store does not say.
  Result<std::optional<StoreSpace>> space(Ino ino, Call& call);

  /// `flags` as open(2) takes them. ESTALE where the server has another
  /// version than the node: the kernel then looks the name up again.
  Result<Opened> open(Ino ino, int flags, Call& call);
  /// As OpenFile::read().
  Result<FileBytes> read(std::uint64_t handle, std::uint64_t offset,
                         std::span<std::byte> room, Call& call);

  void release(std::uint64_t handle) noexcept;

  // Changes. EROFS where the store or the mount is read-only.
  struct Created {
    EntryReply entry;
    Opened opened;
  };

  Result<Created> create(Ino parent, std::string_view name, int flags,
                         mode_t mode, Call& call);
  using Where = LiveFilesystem::Where;
  Result<void> write(std::uint64_t handle, std::uint64_t offset,
                     std::span<const std::byte> bytes, Where where, Call& call);
  /// At each close(2) of a file that was written to: the server has all of
  /// it, or an error is told.
  Result<void> flush(std::uint64_t handle, Call& call);
  Result<void> sync(std::uint64_t handle, Call& call);
  /// `handle` is 0 where the program named the file by its path.
  Result<NodeAttr> change(Ino ino, const AttrRequest& request,
                          std::uint64_t handle, Call& call);
  /// An empty file, as mknod(2) makes.
  Result<EntryReply> make_file(Ino parent, std::string_view name, mode_t mode,
                               Call& call);
  Result<EntryReply> make_link(Ino parent, std::string_view name,
                               const std::string& target, Call& call);
  Result<EntryReply> make_hard_link(Ino ino, Ino parent, std::string_view name,
                                    Call& call);
  Result<void> remove(Ino parent, std::string_view name, Kind kind, Call& call);
  Result<void> rename(Ino parent, std::string_view name, Ino new_parent,
                      std::string_view new_name, LiveTree::Over over,
                      Call& call);
  /// EROFS for what cannot be changed, else EOPNOTSUPP: for operations that
  /// no store has.
  [[nodiscard]] Error unsupported(Ino ino);

  Result<std::uint64_t> open_directory(Ino ino, Call& call);

  Result<std::shared_ptr<OpenDirectory>> directory(std::uint64_t handle) {
    return directories_.at(handle);
  }

  /// The child as lookup() gives it, if that costs no request: counts one
  /// lookup then.
  std::optional<EntryReply> known_child(const OpenDirectory& directory,
                                        const OpenDirectory::Name& name);

  void release_directory(std::uint64_t handle) noexcept {
    directories_.remove(handle);
  }

  /// In an http mount a directory is declared.
  Result<EntryReply> make_directory(Ino parent, std::string_view name,
                                    mode_t mode, Call& call);

  /// For logs: the path of a node, or "?" where it is unknown.
  [[nodiscard]] std::string describe(Ino ino, std::string_view name = {});

 private:
  /// A name in a directory.
  struct Named {
    NodeAt parent;
    Place place;
  };

  Result<NodeAt> node_at(Ino ino);
  Result<Named> named(Ino parent, std::string_view name);
  /// For a change: the name lies in a store that takes some.
  Result<Named> changeable(Ino parent, std::string_view name, Call& call);
  EntryReply reply_of(LiveFound found);
  NodeAttr attr_of(LiveFound found);
  EntryReply remember(const NodePtr& parent, const Place& place, Found found);
  Result<std::shared_ptr<OpenFile>> open_streamed(const NodePtr& node,
                                                  const Place& place,
                                                  Call& call);
  Result<std::vector<DirEntry>> names_of(const NodeAt& at, Listing& listing,
                                         Call& call);
  void offer_to_kernel(OpenDirectory& directory, const Listing& listing);

  Parts parts_;
  NodeTable nodes_;
  LiveFilesystem live_;
  HandleTable<OpenDirectory> directories_;
  HandleTable<OpenFile> files_;
  /// Which listing the kernel was given to keep, by directory.
  Guarded<std::unordered_map<Ino, std::weak_ptr<const std::vector<DirEntry>>>>
      kept_by_kernel_;
};

}  // namespace vfsrun
