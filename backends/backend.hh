// SPDX-License-Identifier: GPL-2.0-or-later
// What a remote store has to be able to do to become files.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/call.hh"
#include "gateway/base/result.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun {

enum class Kind : std::uint8_t { file, directory, symlink };

class LiveTree;

/// Names one state of a remote file. Two equal non-empty tags are the same
/// bytes; an empty tag says that the store has no validator at all, so that
/// nothing about the file can be taken from an earlier time.
struct Version {
  std::string tag;

  [[nodiscard]] bool known() const noexcept { return !tag.empty(); }

  bool operator==(const Version&) const = default;
};

struct Attr {
  Kind kind = Kind::file;
  /// Unknown for bodies without Content-Length.
  std::optional<std::uint64_t> size;
  std::optional<std::time_t> modified;
  mode_t mode = 0;  ///< permission bits; 0: the mount's default
  std::uint32_t links = 1;
  /// Unset: whoever runs the gateway.
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::time_t> accessed;
  Version version;
  /// False where the store was seen to send only whole bodies: read() still
  /// answers rightly, but each costs all that comes before the range, so
  /// read_whole() is the cheaper way to more than the first bytes.
  bool ranges = true;
  /// How long the store says that this may be believed without asking; unset
  /// where it does not say.
  std::optional<std::chrono::seconds> fresh_for;
  bool storable = true;  ///< its bytes may outlive the run

  bool operator==(const Attr&) const = default;
};

/// What stat() learnt. Stores that bring bytes with the metadata hand them
/// on, so that a small file costs one round trip.
struct Probe {
  Attr attr;
  std::vector<std::byte> head;  ///< the file's first bytes; may be empty
};

/// An entry of a listing; what the listing did not tell is left out.
struct DirEntry {
  std::string name;
  Kind kind = Kind::file;
  std::optional<std::uint64_t> size;  ///< exact sizes only
  std::optional<std::time_t> modified;
  /// All that stat() would say, from stores whose listings tell it.
  std::optional<Attr> attr;
  /// Seconds that `modified` was rounded down to: pages tell minutes.
  unsigned modified_step = 1;
};

/// What list() found.
struct DirListing {
  DirListing() = default;

  // A backend may return its entries alone.
  DirListing(std::vector<DirEntry> all) : entries(std::move(all)) {}

  std::vector<DirEntry> entries;
  /// What is not among them is not there, but for names that servers use to
  /// hide (".x", "x~").
  bool complete = false;
};

/// `size` bytes from `offset`.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  [[nodiscard]] std::uint64_t end() const noexcept { return offset + size; }

  bool operator==(const ByteRange&) const = default;
};

/// Takes the next bytes of a stream; an error ends the transfer and becomes
/// its result. Called on a thread of the backend's: must not block.
using ByteSink = std::function<Result<void>(std::span<const std::byte>)>;

/// One remote tree. Thread-safe: any number of calls may run at once, each
/// blocking its caller until done, stopped (EINTR) or past its deadline
/// (ETIMEDOUT). Knows nothing of FUSE, caches or mount points. Paths are
/// relative to the backend's own root, which is "/".
class Backend {
 public:
  virtual ~Backend() = default;

  /// ENOENT where there is nothing. `known`, if it has a version, makes the
  /// question conditional: an unchanged file answers with that same Attr and
  /// no head.
  virtual Result<Probe> stat(const VPath& path, const Attr* known,
                             Call& call) = 0;

  /// ENOTDIR where the store has something else, ENOSYS where it cannot list
  /// this place though it may hold files. Names are already valid_name().
  virtual Result<DirListing> list(const VPath& path, Call& call) = 0;

  /// stat() for whoever wants no bytes: stores may ask in a cheaper way.
  virtual Result<Attr> attributes(const VPath& path, const Attr* known,
                                  Call& call) {
    Result<Probe> probe = stat(path, known, call);
    if (!probe) return tl::unexpected(std::move(probe).error());
    return std::move(probe->attr);
  }

  /// Streams exactly `range` of the version `expected` to `sink`; ESTALE
  /// when the remote file is another one by now. Of this one the caller logs
  /// the failures, as it knows which are of one and the same open file.
  virtual Result<void> read(const VPath& path, ByteRange range,
                            const Version& expected, const ByteSink& sink,
                            Call& call) = 0;

  /// Streams the whole body, whose length is unknown beforehand, to `sink`;
  /// answers with what was learnt of it.
  virtual Result<Attr> read_whole(const VPath& path, const ByteSink& sink,
                                  Call& call) = 0;

  /// How many read() of one file at once still make it come faster.
  [[nodiscard]] virtual std::size_t useful_reads() const noexcept { return 1; }

  /// True where a directory need not be known to the store to hold files
  /// (http): such paths may be announced and declared.
  [[nodiscard]] virtual bool directories_are_implied() const noexcept = 0;

  /// The same tree as one that can be changed, and whose files are followed
  /// while they are open; null where there are only versions. Lives as long
  /// as the backend.
  [[nodiscard]] virtual LiveTree* live() noexcept { return nullptr; }
};

}  // namespace vfsrun
