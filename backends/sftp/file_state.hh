// SPDX-License-Identifier: GPL-2.0-or-later
// What an open file is made of: its handle, what is known of the file, and
// the writes and changes that are under way. Kept alive by those; any thread.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backends/live_tree.hh"
#include "backends/sftp/remote.hh"
#include "backends/sftp/transfer.hh"

namespace vfsrun::sftp {

/// What a file looked like, and what was done to it since: enough to tell it
/// from another one that took its name. One thread at a time.
class SeenFile {
 public:
  explicit SeenFile(const FileAttributes& attributes);

  /// Something is done that may leave it with `from` to `to` bytes, or more
  /// and less than it had. UINT64_MAX for `from`: it only grows.
  void touch(std::uint64_t from, std::uint64_t to);
  [[nodiscard]] bool may_be(const FileAttributes& attributes) const;

 private:
  std::uint64_t size_;
  std::uint32_t modified_;
  bool touched_ = false;
  std::uint64_t lowest_ = 0;
  std::uint64_t highest_ = 0;
};

class FileState : public std::enable_shared_from_this<FileState> {
 public:
  FileState(std::shared_ptr<Remote> remote, OpenHandle handle, OpenMode how,
            const FileAttributes& attributes);

  /// Uses the handle, again where the connection broke: for what may be done
  /// twice.
  template <class Use>
  auto use(const Call& call, Use what)
      -> decltype(what(std::declval<const OpenHandle&>()));

  /// Queues a write or a change behind those before; see LiveFile.
  struct Step;
  using StepPtr = std::shared_ptr<Step>;
  StepPtr start_write(std::uint64_t offset, std::span<const std::byte> bytes,
                      LiveFile::Done done);
  StepPtr start_change(const FileAttributes& wanted, LiveFile::Done done);
  /// Whoever started it has left: `done` is not called any more, nor the
  /// bytes read. It may be done all the same.
  void leave(const StepPtr& step);

  /// Takes attributes that were asked for when epoch() was `asked_at` as what
  /// the file looks like, if nothing was done to it since.
  void observe(const FileAttributes& attributes, std::uint64_t asked_at);
  [[nodiscard]] std::uint64_t epoch();

  [[nodiscard]] bool was_changed();
  [[nodiscard]] bool is_connected();

  /// The handle is not to be closed any more.
  void forget_handle();
  /// Closes without waiting, gives up what is under way (EINTR each).
  void shut();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] const std::shared_ptr<Remote>& remote() const noexcept {
    return remote_;
  }

 private:
  /// The handle, got anew where its connection has ended. Waits for what has
  /// to be sent again before anything else.
  Result<OpenHandle> current(const Call& call);
  /// For one thread at a time.
  Result<OpenHandle> reopen(const Call& call);
  Result<OpenHandle> open_again(const Call& call);
  /// From now on the file only fails, with this.
  Error give_up(Error error);

  StepPtr start(Step step);
  // With mutex_ held:
  void send(const StepPtr& step);
  bool send_packet(const StepPtr& step, PacketWriter&& packet);
  void look_again();
  void begin_recovery();

  void on_answer(const StepPtr& step, std::uint64_t generation,
                 const Result<Reply>& answer);
  void finish(const StepPtr& step);
  void explain(const StepPtr& step, const ConnectionPtr& connection,
               bool parent);
  void recover();
  void fail_steps(const Error& error);

  std::shared_ptr<Remote> remote_;
  std::string path_;
  OpenMode how_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_.
  OpenHandle handle_;
  std::uint64_t generation_ = 0;  ///< of handle_
  /// Of which something was left unanswered; see leave().
  std::optional<std::uint64_t> unsettled_;
  bool reopening_ = false;
  SeenFile seen_;
  std::uint64_t epoch_ = 1;  ///< counts what was done to the file
  std::list<StepPtr> steps_;
  bool recovering_ = false;
  std::stop_source ending_;
  unsigned answering_ = 0;  ///< threads that are about to call a `done`
  std::optional<Error> failed_;
};

/// One write or change. `bytes` are the caller's until `done`.
struct FileState::Step {
  std::uint64_t offset = 0;
  std::span<const std::byte> bytes;
  std::optional<FileAttributes> wanted;
  LiveFile::Done done;
  // Guarded by the file's mutex_.
  std::size_t unanswered = 0;
  std::optional<Error> failure;
};

template <class Use>
auto FileState::use(const Call& call, Use what)
    -> decltype(what(std::declval<const OpenHandle&>())) {
  for (int left = Remote::most_tries;; --left) {
    Result<OpenHandle> handle = current(call);
    if (!handle) {
      if (is_lost(handle.error().code) && left > 1) continue;
      // Whoever lost it has said so.
      if (is_lost(handle.error().code)) handle.error().code = EIO;
      return tl::unexpected(std::move(handle).error());
    }
    auto answer = what(*handle);
    if (answer) return answer;
    if (is_lost(answer.error().code) && left > 1) continue;
    return tl::unexpected(remote_->reported(std::move(answer).error()));
  }
}

}  // namespace vfsrun::sftp
