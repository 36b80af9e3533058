// SPDX-License-Identifier: GPL-2.0-or-later
// OpenSSH's sftp-server without ssh: a child a connection, over a socket pair.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <vector>

#include "backends/sftp/channel.hh"
#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"

namespace vfsrun::test {

inline constexpr const char* sftp_server_program =
    "/usr/lib/openssh/sftp-server";

/// One end of a socket pair as a channel. Keeps the child, if there is one.
class PairChannel final : public sftp::Channel {
 public:
  explicit PairChannel(Fd socket) : socket_(std::move(socket)) {
    (void)::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  }

  Result<std::size_t> read(std::span<std::byte> out) override {
    return count(::read(socket_.get(), out.data(), out.size()), true);
  }

  Result<std::size_t> write(std::span<const std::byte> bytes) override {
    return count(
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), false);
  }

  [[nodiscard]] pollfd waits_for(bool blocked_write) const override {
    return {socket_.get(),
            static_cast<short>(blocked_write ? POLLIN | POLLOUT : POLLIN), 0};
  }

 private:
  static Result<std::size_t> count(ssize_t size, bool reading) {
    if (size > 0 || (size == 0 && !reading))
      return static_cast<std::size_t>(size);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return fail(ECONNRESET, "the server has gone");
  }

  Fd socket_;
};

struct SocketPair {
  Fd ours;
  Fd theirs;

  SocketPair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) ==
        0) {
      ours.reset(ends[0]);
      theirs.reset(ends[1]);
    }
  }
};

/// All servers that were started, one a connection. Any thread.
class SftpServers {
 public:
  /// False: further connections are refused.
  void accept(bool on) {
    const std::lock_guard lock(mutex_);
    accept_ = on;
  }

  /// Further servers do not offer this request (sftp-server -P).
  void refuse(std::string request) {
    const std::lock_guard lock(mutex_);
    program_.insert(program_.end(), {"-P", std::move(request)});
  }

  sftp::OpenChannel opener() {
    return [this](const sftp::Patience&) { return open(); };
  }

  void signal_all(int signal) {
    const std::lock_guard lock(mutex_);
    for (Child& child : children_) child.kill(signal);
  }

  /// Kills and waits: afterwards nothing of them is still to be done.
  void kill_all() {
    const std::lock_guard lock(mutex_);
    children_.clear();
  }

  void wait_for_refusals(std::size_t count) {
    std::unique_lock lock(mutex_);
    refused_more_.wait(lock, [&] { return refused_ >= count; });
  }

  [[nodiscard]] std::size_t started() {
    const std::lock_guard lock(mutex_);
    return started_;
  }

 private:
  Result<std::unique_ptr<sftp::Channel>> open() {
    const std::lock_guard lock(mutex_);
    if (!accept_) {
      ++refused_;
      refused_more_.notify_all();
      return fail(ECONNREFUSED, "nobody listens");
    }
    SocketPair pair;
    Result<Child> child = Child::spawn(
        program_, {{pair.theirs.get(), 0}, {pair.theirs.get(), 1}});
    if (!child) return tl::unexpected(child.error());
    children_.push_back(*std::move(child));
    ++started_;
    return std::make_unique<PairChannel>(std::move(pair.ours));
  }

  std::mutex mutex_;
  std::vector<std::string> program_{sftp_server_program};
  bool accept_ = true;
  std::size_t started_ = 0;
  std::size_t refused_ = 0;
  std::condition_variable refused_more_;
  std::vector<Child> children_;
};

}  // namespace vfsrun::test
