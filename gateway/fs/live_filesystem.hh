// SPDX-License-Identifier: GPL-2.0-or-later
// What each operation means in a store that is changed in place. A node is a
// path's file, whatever bytes it has; an open file follows the server's. Any
// thread, blocking. Knows no FUSE; handles are given by Filesystem.
#pragma once

#include <fcntl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/fs/live_ahead.hh"
#include "gateway/fs/live_metadata.hh"
#include "gateway/fs/live_open.hh"
#include "gateway/fs/node_table.hh"
#include "gateway/fs/root_dir.hh"
#include "gateway/fs/spool.hh"

namespace vfsrun {

/// A node of the kernel's with its place.
struct NodeAt {
  NodePtr node;
  Place place;

  [[nodiscard]] LiveTree& tree() const {
    return *place.mounted->backend->live();
  }
};

/// What setattr(2)'s relatives ask for.
struct AttrRequest {
  AttrChange change;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
};

/// What is known of a file or directory, for the kernel.
struct LiveFound {
  NodePtr node;
  Attr attr;
  std::chrono::nanoseconds attr_valid{};
  std::chrono::nanoseconds name_valid{};
};

class LiveFilesystem {
 public:
  /// All outlive this, but for the spool.
  struct Parts {
    const RootDir& root;
    NodeTable& nodes;
    MetaCache& cache;
    ContentCache& contents;
    ReadAheadBudget& read_ahead;
    SharedCounters& counters;
    const Clock& clock;
    Spool spool;
  };

  explicit LiveFilesystem(const Parts& parts)
      : root_(parts.root),
        nodes_(parts.nodes),
        clock_(parts.clock),
        contents_(parts.contents),
        read_ahead_(parts.read_ahead),
        counters_(parts.counters),
        metadata_(parts.cache, parts.clock),
        spool_(parts.spool),
        ahead_(metadata_, parts.contents, parts.read_ahead, parts.clock) {}

  LiveFilesystem(const LiveFilesystem&) = delete;
  LiveFilesystem& operator=(const LiveFilesystem&) = delete;

  /// True for what lies in a store that is changed in place.
  [[nodiscard]] static bool serves(const Place& place) noexcept {
    return place.mounted != nullptr &&
           place.mounted->backend->live() != nullptr;
  }

  /// Called, from any thread, where the kernel may have pages of a node that
  /// are not the file's any more. Set before the first operation.
  void on_stale(std::function<void(Ino)> stale) { stale_ = std::move(stale); }

  // Names. Those that give a LiveFound count one lookup of its node.
  Result<LiveFound> lookup(const NodeAt& parent, const Place& place,
                           Call& call);
  /// The same where nobody has to be asked.
  std::optional<LiveFound> known(const NodeAt& parent, const Place& place);
  Result<LiveFound> make_directory(const NodeAt& parent, const Place& place,
                                   mode_t mode, Call& call);
  /// An empty file, as mknod(2) makes.
  Result<LiveFound> make_file(const NodeAt& parent, const Place& place,
                              mode_t mode, Call& call);
  Result<LiveFound> make_link(const NodeAt& parent, const Place& place,
                              const std::string& target, Call& call);
  Result<LiveFound> make_hard_link(const NodeAt& from, const NodeAt& parent,
                                   const Place& place, Call& call);
  Result<void> remove(const NodeAt& parent, const Place& place, Kind kind,
                      Call& call);
  Result<void> rename(const NodeAt& from_parent, const Place& from,
                      const NodeAt& to_parent, const Place& to,
                      LiveTree::Over over, Call& call);

  // Nodes.
  Result<LiveFound> attributes(const NodeAt& at, Call& call);
  /// `open` may be null: the program named the file by its path.
  Result<LiveFound> change(const NodeAt& at, const AttrRequest& request,
                           LiveOpen* open, Call& call);
  Result<std::string> link_target(const NodeAt& at, Call& call);
  Result<StoreSpace> space(const NodeAt& at, Call& call);
  Result<void> access(const NodeAt& at, int mask, Call& call);
  Result<Listing> list(const NodeAt& at, Call& call);

  // Files.
  struct OpenedFile {
    std::shared_ptr<LiveOpen> open;
    bool keep_cache = false;  ///< the kernel's pages are still the file's
  };

  struct CreatedFile {
    LiveFound found;
    std::shared_ptr<LiveOpen> open;
  };

  /// `flags` as open(2) takes them.
  Result<OpenedFile> open(const NodeAt& at, int flags, Call& call);
  Result<CreatedFile> create(const NodeAt& parent, const Place& place,
                             int flags, mode_t mode, Call& call);
  /// Whether a file that was opened with O_APPEND is appended to.
  enum class Where : std::uint8_t { as_opened, exactly };
  Result<void> write(LiveOpen& open, std::uint64_t offset,
                     std::span<const std::byte> bytes, Where where, Call& call);
  /// At each close(2): everything is acknowledged, or an error is told.
  Result<void> flush(LiveOpen& open, Call& call);
  /// fsync(2).
  Result<void> sync(LiveOpen& open, Call& call);
  /// The last close(2) was before.
  void release(const std::shared_ptr<LiveOpen>& open) noexcept;

  void forget(Ino ino) noexcept;

  /// The gateway ends: nothing is written any more (EIO). What is on its way
  /// has until then to arrive; the rest goes to the spool.
  void end(std::chrono::steady_clock::time_point deadline) noexcept;

 private:
  /// What the kernel's pages of a node are of.
  struct Pages {
    std::optional<std::uint64_t> size;
    std::optional<std::time_t> modified;
    Clock::TimePoint seen;  ///< this length and time, for the first time
    /// Read while another change of the same second was still to come.
    bool doubtful = true;

    [[nodiscard]] bool of(const Attr& attr) const {
      return size == attr.size && modified == attr.modified;
    }
  };

  [[nodiscard]] Place place_of(const LiveNode& live);
  [[nodiscard]] std::shared_ptr<LiveNode> live_node(const NodePtr& node,
                                                    bool make);
  LiveFound remember(const NodeAt& parent, const Place& place, Found found);
  /// What was made just now, as far as its maker knows; believed for this
  /// answer only.
  LiveFound remember_new(const NodeAt& parent, const Place& place, Kind kind,
                         mode_t mode, std::uint64_t size);
  Result<Attr> attributes_of(LiveNode& live, LiveOpen& open, Call& call);
  void write_begins(LiveNode& live);
  /// What never reached the server goes to the spool, with one line.
  void save_lost(LiveNode& live);
  void save(const LiveNode& live, std::span<const LostBytes> lost);

  /// What is to be thought of pages now that the file is like this.
  struct Verdict {
    bool good = false;      ///< they are the file's
    bool doubtful = false;  ///< so are those that are read from now on
    bool settled = false;   ///< the first look after doubts: read them again
  };

  Verdict judge_pages(Ino ino, const Attr& attr);
  [[nodiscard]] std::shared_ptr<LiveOpen> open_of(
      const std::shared_ptr<LiveNode>& live, std::shared_ptr<LiveFile> file,
      LiveOpen::Traits traits);
  /// The file is in this state: its bytes are read and kept as such.
  void adopt(LiveNode& live, const Attr& attr, const Verdict& verdict);

  const RootDir& root_;
  NodeTable& nodes_;
  const Clock& clock_;
  ContentCache& contents_;
  ReadAheadBudget& read_ahead_;
  SharedCounters& counters_;
  LiveMetadata metadata_;
  WriteBudget budget_;
  const Spool spool_;
  std::atomic<bool> ending_{false};
  std::function<void(Ino)> stale_ = [](Ino) {};
  Guarded<std::unordered_map<std::uint64_t, std::weak_ptr<LiveNode>>> live_;
  Guarded<std::unordered_map<std::uint64_t, Pages>> pages_;
  LiveAhead ahead_;
};

/// EROFS where the mount is read-only.
[[nodiscard]] Result<void> check_writable(const Place& place);

}  // namespace vfsrun
