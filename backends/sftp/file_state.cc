// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/file_state.hh"

#include <fmt/core.h>

#include "backends/sftp/file_packets.hh"

namespace vfsrun::sftp {

SeenFile::SeenFile(const FileAttributes& attributes)
    : size_(attributes.size.value_or(0)),
      modified_(attributes.modified.value_or(0)) {}

void SeenFile::touch(std::uint64_t from, std::uint64_t to) {
  if (!touched_) lowest_ = highest_ = size_;
  touched_ = true;
  lowest_ = std::min(lowest_, from);
  highest_ = std::max(highest_, to);
}

bool SeenFile::may_be(const FileAttributes& attributes) const {
  const std::uint64_t size = attributes.size.value_or(0);
  const std::uint32_t modified = attributes.modified.value_or(0);
  if (!touched_) return size == size_ && modified == modified_;
  return size >= lowest_ && size <= highest_ && modified >= modified_;
}

FileState::FileState(std::shared_ptr<Remote> remote, OpenHandle handle,
                     OpenMode how, const FileAttributes& attributes)
    : remote_(std::move(remote)),
      path_(handle.what),
      how_(how),
      handle_(std::move(handle)),
      seen_(attributes) {
  // A second opening finds the file; it must not make or empty one.
  how_.create = how_.exclusive = how_.truncate = false;
}

Result<OpenHandle> FileState::current(const Call& call) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto free = [&] { return failed_ || (!reopening_ && !recovering_); };
    if (!changed_.wait_until(lock, call.stop, call.deadline, free))
      return call.stop.stop_requested() ? fail(EINTR) : fail(ETIMEDOUT, path_);
    if (failed_) return tl::unexpected(*failed_);
    if (handle_.connection->state() == Connection::State::up) return handle_;
    if (steps_.empty()) break;
    // These come first, on whatever connection there will be.
    begin_recovery();
  }
  reopening_ = true;
  lock.unlock();
  Result<OpenHandle> made = reopen(call);
  lock.lock();
  reopening_ = false;
  changed_.notify_all();
  return made;
}

Result<OpenHandle> FileState::reopen(const Call& call) {
  {
    std::unique_lock lock(mutex_);
    const Error cause = handle_.connection->cause();
    const bool owed = !steps_.empty() || unsettled_ == generation_;
    if (cause.code == gone_silent && owed) {
      lock.unlock();
      return tl::unexpected(
          give_up({EIO, fmt::format("{}; what was written to {} may be lost",
                                    cause.detail, path_)}));
    }
  }
  Result<OpenHandle> made = open_again(call);
  if (!made && made.error().code == ESTALE)
    return tl::unexpected(give_up(std::move(made).error()));
  if (!made) return made;
  const std::lock_guard lock(mutex_);
  handle_ = *made;
  ++generation_;
  return made;
}

Result<OpenHandle> FileState::open_again(const Call& call) {
  const std::shared_ptr<Connection> connection =
      TRY(remote_->pool().get(Pool::Away::wait, call));
  const auto gone = [&](std::string_view why) {
    return fail(ESTALE,
                fmt::format("{}: {}: the connection was lost, and the file {}",
                            remote_->label(), path_, why));
  };
  Request opening = connection->send(open_packet(path_, how_, std::nullopt));
  Result<std::string> handle = expect_handle(opening.wait(call), path_);
  if (!handle) {
    const int code = handle.error().code;
    if (code == ENOENT) return gone("is not there any more");
    if (is_lost(code) || code == EINTR || code == ETIMEDOUT)
      return tl::unexpected(std::move(handle).error());
    return gone("cannot be opened again");
  }
  OpenHandle made{connection, *std::move(handle), path_};
  Request looking = connection->send(handle_packet(PacketType::fstat, made));
  const FileAttributes now = TRY(expect_attributes(looking.wait(call), path_));
  const std::lock_guard lock(mutex_);
  if (seen_.may_be(now)) return made;
  connection->send_and_forget(handle_packet(PacketType::close, made));
  return gone("has another size or date now");
}

Error FileState::give_up(Error error) {
  error = remote_->reported(std::move(error));
  const std::lock_guard lock(mutex_);
  failed_ = error;
  changed_.notify_all();
  return error;
}

std::uint64_t FileState::epoch() {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

bool FileState::was_changed() { return epoch() > 1; }

bool FileState::is_connected() {
  const std::lock_guard lock(mutex_);
  return handle_.connection->state() == Connection::State::up;
}

void FileState::observe(const FileAttributes& attributes,
                        std::uint64_t asked_at) {
  const std::lock_guard lock(mutex_);
  if (asked_at == epoch_) seen_ = SeenFile(attributes);
}

void FileState::forget_handle() {
  const std::lock_guard lock(mutex_);
  handle_.handle.clear();
}

void FileState::shut() {
  ending_.request_stop();
  std::unique_lock lock(mutex_);
  if (!handle_.handle.empty()) {
    handle_.connection->send_and_forget(
        handle_packet(PacketType::close, handle_));
  }
  handle_.handle.clear();
  failed_ = Error{EBADF, {}};
  lock.unlock();
  fail_steps({EINTR, {}});
  lock.lock();
  changed_.wait(lock, [&] { return answering_ == 0; });
}

}  // namespace vfsrun::sftp
