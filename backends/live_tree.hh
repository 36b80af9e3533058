// SPDX-License-Identifier: GPL-2.0-or-later
// What a store can do whose files are changed in place and held open by a
// handle of the server's (sftp). A backend that has one of these is read and
// written through it; one that has none shows versions, and is read-only.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "backends/backend.hh"

namespace vfsrun {

/// What a change of attributes sets; what is left out stays as it is.
struct AttrChange {
  std::optional<mode_t> mode;  ///< permission bits
  std::optional<std::uint64_t> size;
  std::optional<std::time_t> accessed;
  std::optional<std::time_t> modified;
};

/// statvfs(3) of the store; in bytes but for the counts of files.
struct StoreSpace {
  std::uint64_t block_size = 4096;
  std::uint64_t total = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;  ///< to the user
  std::uint64_t files = 0;
  std::uint64_t free_files = 0;
};

/// How a file is opened: the bits of open(2) that mean something remotely.
struct OpenMode {
  bool read = false;
  bool write = false;
  bool create = false;
  bool exclusive = false;  ///< with create: EEXIST where there is something
  bool truncate = false;
};

/// One file held open on the server. Thread-safe: many reads and writes may
/// be in flight; they take effect in the order in which the calls began
/// (draft-ietf-secsh-filexfer-02, section 6). Where the connection breaks the
/// file is opened again by its path, if it is still the same one, and what
/// was not answered is repeated; else every call answers ESTALE.
class LiveFile {
 public:
  /// The answer to a request that was only started. Called once, on any
  /// thread, possibly before the call that started it returns: must not
  /// block, nor call this file.
  using Done = std::function<void(Result<void>)>;

  LiveFile() = default;
  LiveFile(const LiveFile&) = delete;
  LiveFile& operator=(const LiveFile&) = delete;
  /// Closes without waiting; what close() would have said is lost. What was
  /// started and not answered yet is given up, each with EINTR, before this
  /// returns.
  virtual ~LiveFile() = default;

  /// Streams `range` in order, less where the file ends before.
  virtual Result<void> read(ByteRange range, const ByteSink& sink,
                            Call& call) = 0;
  /// All of `bytes` have been acknowledged by the server on return. Repeating
  /// it is safe; `bytes` is not used after the return.
  virtual Result<void> write(std::uint64_t offset,
                             std::span<const std::byte> bytes, Call& call) = 0;
  virtual Result<Attr> attributes(Call& call) = 0;
  virtual Result<void> change(const AttrChange& change, Call& call) = 0;

  /// write() and change() without waiting for the answer, so that a file's
  /// requests follow each other in one round trip. `bytes` are left alone by
  /// the caller until `done`. A store that cannot do better waits here.
  virtual void start_write(std::uint64_t offset,
                           std::span<const std::byte> bytes, Done done) {
    Call call;
    done(write(offset, bytes, call));
  }

  virtual void start_change(const AttrChange& change, Done done) {
    Call call;
    done(this->change(change, call));
  }

  /// fsync(2); EOPNOTSUPP where the server has no such request.
  virtual Result<void> sync(Call& call) = 0;
  /// What the server says at the end; no other call afterwards.
  virtual Result<void> close(Call& call) = 0;
};

/// Changes of one remote tree. Paths, threads, stops and deadlines as in
/// Backend. What the store has no request for answers EOPNOTSUPP.
class LiveTree {
 public:
  virtual ~LiveTree() = default;

  /// `mode` is for a file that is created.
  virtual Result<std::unique_ptr<LiveFile>> open(const VPath& path,
                                                 OpenMode how, mode_t mode,
                                                 Call& call) = 0;
  /// Of the file itself. A link's dates are changed, or EOPNOTSUPP is said;
  /// whoever has a mode or a size to change knows that it is no link.
  virtual Result<void> change(const VPath& path, const AttrChange& change,
                              Call& call) = 0;
  virtual Result<void> make_directory(const VPath& path, mode_t mode,
                                      Call& call) = 0;
  /// unlink(2) or, for a directory, rmdir(2).
  virtual Result<void> remove(const VPath& path, Kind kind, Call& call) = 0;
  enum class Over : std::uint8_t { replace, refuse };
  /// rename(2); with `refuse` EEXIST where there is something at `to`.
  virtual Result<void> rename(const VPath& from, const VPath& to, Over over,
                              Call& call) = 0;
  /// The target as a program is to see it: relative, or inside this mount
  /// (re-rooted by the backend); EPERM for one that would lead outside.
  virtual Result<std::string> link_target(const VPath& path, Call& call) = 0;
  virtual Result<void> make_link(const VPath& path, const std::string& target,
                                 Call& call) = 0;
  virtual Result<void> make_hard_link(const VPath& from, const VPath& to,
                                      Call& call) = 0;
  virtual Result<StoreSpace> space(const VPath& path, Call& call) = 0;
};

}  // namespace vfsrun
