// SPDX-License-Identifier: GPL-2.0-or-later
// One request on its way, seen from both ends: the thread that waits for the
// answer, and the connection that brings it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "backends/sftp/packet.hh"
#include "gateway/base/call.hh"

namespace vfsrun::sftp {

/// The connection's end. Any thread.
class Pending {
 public:
  /// Called with the answer on the connection's thread: must not block.
  using Callback = std::function<void(Result<Reply>)>;

  /// Without a callback a Request waits for it.
  Pending(std::uint64_t position, Callback callback)
      : position_(position), callback_(std::move(callback)) {}

  /// Hands the answer over; gives it back when nobody waits any more.
  std::optional<Reply> complete(Result<Reply> result);

  /// Where the request begins in all that was ever queued.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  friend class Request;

  std::uint64_t position_;
  Callback callback_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::optional<Result<Reply>> result_;
  bool abandoned_ = false;
};

/// The waiting end; owned by one thread. Dropped before its answer is there,
/// the answer is dropped too (and a handle in it closed).
class Request {
 public:
  explicit Request(std::shared_ptr<Pending> pending) noexcept
      : pending_(std::move(pending)) {}

  Request(Request&&) noexcept = default;
  Request& operator=(Request&& other) noexcept;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  ~Request() { abandon(); }

  /// Once. EINTR and ETIMEDOUT as `call` says; ECONNRESET where the
  /// connection broke, ENOTCONN where it did before anything was sent.
  Result<Reply> wait(const Call& call);

 private:
  void abandon() noexcept;

  std::shared_ptr<Pending> pending_;
};

}  // namespace vfsrun::sftp
