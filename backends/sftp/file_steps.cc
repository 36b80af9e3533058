// SPDX-License-Identifier: GPL-2.0-or-later
// The writes and changes of a FileState: sent in their order without waiting,
// and sent again in that order where the connection broke.
#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "backends/sftp/file_packets.hh"
#include "backends/sftp/file_state.hh"
#include "backends/sftp/questions.hh"

namespace vfsrun::sftp {

FileState::StepPtr FileState::start_write(std::uint64_t offset,
                                          std::span<const std::byte> bytes,
                                          LiveFile::Done done) {
  return start({.offset = offset,
                .bytes = bytes,
                .wanted = {},
                .done = std::move(done),
                .failure = {}});
}

FileState::StepPtr FileState::start_change(const FileAttributes& wanted,
                                           LiveFile::Done done) {
  return start(
      {.bytes = {}, .wanted = wanted, .done = std::move(done), .failure = {}});
}

FileState::StepPtr FileState::start(Step given) {
  auto step = std::make_shared<Step>(std::move(given));
  std::unique_lock lock(mutex_);
  if (failed_) {
    const Error error = *failed_;
    lock.unlock();
    step->done(tl::unexpected(error));
    return step;
  }
  ++epoch_;
  if (!step->wanted) {
    seen_.touch(UINT64_MAX, step->offset + step->bytes.size());
  } else {
    seen_.touch(step->wanted->size.value_or(UINT64_MAX),
                step->wanted->size.value_or(0));
  }
  steps_.push_back(step);
  if (!recovering_) send(step);  // else it is sent in its turn
  return step;
}

void FileState::leave(const StepPtr& step) {
  std::unique_lock lock(mutex_);
  const auto found = std::ranges::find(steps_, step);
  if (found == steps_.end()) {
    // Its `done` is being called just now.
    changed_.wait(lock, [&] { return answering_ == 0; });
    return;
  }
  steps_.erase(found);
  step->unanswered = 0;
  unsettled_ = generation_;
}

bool FileState::send_packet(const StepPtr& step, PacketWriter&& packet) {
  return handle_.connection->start(
      std::move(packet),
      [self = shared_from_this(), step, generation = generation_](
          Result<Reply> answer) { self->on_answer(step, generation, answer); });
}

void FileState::send(const StepPtr& step) {
  step->failure.reset();
  step->unanswered = 0;
  const std::size_t piece = handle_.connection->features().longest_write;
  std::vector<PacketWriter> packets;
  if (step->wanted) {
    packets.push_back(handle_packet(PacketType::fsetstat, handle_));
    write_attributes(packets.back(), *step->wanted);
  }
  for (std::size_t at = 0; at < step->bytes.size(); at += piece) {
    packets.push_back(handle_packet(PacketType::write, handle_));
    packets.back()
        .number64(step->offset + at)
        .data(
            step->bytes.subspan(at, std::min(piece, step->bytes.size() - at)));
  }
  step->unanswered = packets.size();
  for (PacketWriter& packet : packets)
    if (!send_packet(step, std::move(packet))) return begin_recovery();
}

void FileState::on_answer(const StepPtr& step, std::uint64_t generation,
                          const Result<Reply>& answer) {
  {
    const std::lock_guard lock(mutex_);
    // Given up, or sent again on another connection.
    if (generation != generation_ || step->unanswered == 0 || recovering_)
      return;
    if (!answer) return begin_recovery();
    const Result<void> done = expect_ok(*answer, path_);
    if (!done && !step->failure) step->failure = done.error();
    if (--step->unanswered > 0) return;
  }
  if (step->failure && step->failure->code == EIO) {
    const std::unique_lock lock(mutex_);
    return explain(step, handle_.connection, false);
  }
  finish(step);
}

void FileState::explain(const StepPtr& step, const ConnectionPtr& connection,
                        bool parent) {
  // "Failure" it is called; a full disk it is, mostly.
  const std::string where = parent ? parent_of(path_) : path_;
  const bool asked =
      connection->features().statvfs &&
      connection->start(
          std::move(PacketWriter("statvfs@openssh.com").text(where)),
          [self = shared_from_this(), step,
           where](const Result<Reply>& answer) {
            const auto space = expect_space(answer, where);
            if (space && is_full(*space)) step->failure->code = ENOSPC;
            self->finish(step);
          });
  if (!asked) {
    std::thread([self = shared_from_this(), step] {
      self->finish(step);
    }).detach();
  }
}

void FileState::finish(const StepPtr& step) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(steps_, step);
    if (found == steps_.end()) return;  // given up meanwhile
    steps_.erase(found);
    ++answering_;
    if (steps_.empty()) look_again();
  }
  Result<void> result;
  if (step->failure) {
    if (step->wanted) {
      AttrChange change;
      change.size = step->wanted->size;
      result = refused_change(tl::unexpected(*step->failure), change);
    } else {
      result = tl::unexpected(*step->failure);
    }
    result = tl::unexpected(remote_->reported(result.error()));
  }
  step->done(std::move(result));
  const std::lock_guard lock(mutex_);
  --answering_;
  changed_.notify_all();
}

void FileState::look_again() {
  // So that after a break the file is known by what it really looked like.
  if (handle_.handle.empty()) return;
  (void)handle_.connection->start(
      handle_packet(PacketType::fstat, handle_),
      [self = shared_from_this(),
       asked_at = epoch_](const Result<Reply>& answer) {
        if (const auto now = expect_attributes(answer, self->path_))
          self->observe(*now, asked_at);
      });
}

void FileState::begin_recovery() {
  if (recovering_) return;
  recovering_ = true;
  // Reopening waits, which the thread that is here may not.
  std::thread([self = shared_from_this()] { self->recover(); }).detach();
}

void FileState::recover() {
  Call call;
  call.stop = ending_.get_token();
  Result<OpenHandle> handle = reopen(call);
  for (int left = Remote::most_tries; --left > 0 && !handle;) {
    if (!is_lost(handle.error().code)) break;
    handle = reopen(call);
  }
  if (!handle) {
    Error error = handle.error();
    // Whatever the way is blocked by, what was written has not arrived.
    if (error.code != ESTALE && error.code != EINTR) error.code = EIO;
    fail_steps(error);
  }
  const std::lock_guard lock(mutex_);
  recovering_ = false;
  changed_.notify_all();
  if (!handle) return;
  for (const StepPtr& step : steps_) {
    if (step->failure && step->unanswered == 0) continue;  // only asks why
    send(step);
    // This connection is lost too, and all is sent once more.
    if (recovering_) return;
  }
}

void FileState::fail_steps(const Error& error) {
  std::list<StepPtr> steps;
  {
    const std::lock_guard lock(mutex_);
    steps.swap(steps_);
    for (const StepPtr& step : steps) step->unanswered = 0;
    ++answering_;
  }
  for (const StepPtr& step : steps) step->done(tl::unexpected(error));
  const std::lock_guard lock(mutex_);
  --answering_;
  changed_.notify_all();
}

}  // namespace vfsrun::sftp
