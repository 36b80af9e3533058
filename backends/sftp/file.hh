// SPDX-License-Identifier: GPL-2.0-or-later
// One file held open on a server: bytes by its handle, and the handle got
// anew where the connection broke, if it is still the same file. Any thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backends/live_tree.hh"
#include "backends/sftp/remote.hh"
#include "backends/sftp/transfer.hh"

namespace vfsrun::sftp {

class File final : public LiveFile {
 public:
  /// `path` as the server takes it. EEXIST, EISDIR, ENOSPC where the server
  /// merely says "failure" and a second look tells which.
  static Result<std::unique_ptr<LiveFile>> open(std::shared_ptr<Remote> remote,
                                                std::string path, OpenMode how,
                                                mode_t mode, const Call& call);
  ~File() override;

  Result<void> read(ByteRange range, const ByteSink& sink, Call& call) override;
  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes,
                     Call& call) override;
  Result<Attr> attributes(Call& call) override;
  Result<void> change(const AttrChange& change, Call& call) override;
  Result<void> sync(Call& call) override;
  Result<void> close(Call& call) override;

 private:
  /// What the file looked like, and what was done to it since: enough to tell
  /// it from another one that took its name.
  struct Seen {
    std::uint64_t size = 0;
    std::uint32_t modified = 0;
    bool touched = false;      ///< by writes since then
    std::uint64_t lowest = 0;  ///< sizes that it may have after them
    std::uint64_t highest = 0;

    explicit Seen(const FileAttributes& attributes);
    void touch(std::uint64_t from, std::uint64_t to);
    [[nodiscard]] bool may_be(const FileAttributes& attributes) const;
  };

  /// One write or change on its way.
  class Touch;

  File(std::shared_ptr<Remote> remote, OpenHandle handle, OpenMode how,
       const FileAttributes& attributes);

  /// The handle, got anew where its connection has ended.
  Result<OpenHandle> current(const Call& call);
  Result<OpenHandle> reopen(const Call& call);
  /// Takes attributes as what the file looks like, if nothing was done to it
  /// since they were `asked_at`.
  void observe(const FileAttributes& attributes, std::uint64_t asked_at);
  /// 0 while somebody else than `own` does something to the file.
  std::uint64_t calm_epoch(unsigned own);
  /// A server that was only stopped may still do what it was asked, after
  /// whatever a second connection did: nothing about this file is certain.
  Error give_up(Error error);
  void note_unsettled(Repeat repeat, int code);

  template <class Use>
  auto use(Repeat repeat, const Call& call, Use what)
      -> decltype(what(std::declval<const OpenHandle&>()));

  std::shared_ptr<Remote> remote_;
  std::string path_;
  OpenMode how_;
  std::mutex mutex_;
  std::condition_variable_any reopened_;
  // Guarded by mutex_.
  OpenHandle handle_;
  bool reopening_ = false;
  Seen seen_;
  unsigned touching_ = 0;
  std::uint64_t epoch_ = 1;  ///< counts what was done to it
  bool unsettled_ = false;   ///< a write was left before its answer came
  std::optional<Error> failed_;
  bool wrote_ = false;
};

}  // namespace vfsrun::sftp
