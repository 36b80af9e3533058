// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/request.hh"

namespace vfsrun::sftp {

std::optional<Reply> Pending::complete(Result<Reply> result) {
  if (callback_) {
    callback_(std::move(result));
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  if (abandoned_) {
    if (!result) return std::nullopt;
    return *std::move(result);
  }
  result_ = std::move(result);
  arrived_.notify_all();
  return std::nullopt;
}

Request& Request::operator=(Request&& other) noexcept {
  abandon();
  pending_ = std::move(other.pending_);
  return *this;
}

void Request::abandon() noexcept {
  if (!pending_) return;
  const std::lock_guard lock(pending_->mutex_);
  pending_->abandoned_ = true;
}

Result<Reply> Request::wait(const Call& call) {
  std::unique_lock lock(pending_->mutex_);
  const auto arrived = [&] { return pending_->result_.has_value(); };
  if (!pending_->arrived_.wait_until(lock, call.stop, call.deadline, arrived)) {
    if (call.stop.stop_requested()) return fail(EINTR);
    return fail(ETIMEDOUT, "no answer in time");
  }
  return *std::move(pending_->result_);
}

}  // namespace vfsrun::sftp
