// SPDX-License-Identifier: GPL-2.0-or-later
// One connection to an sftp server: requests with their ids, any number in
// flight, over a channel. One thread of its own moves the bytes; everything
// public may be called from any thread. Knows nothing of hosts and ssh.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "backends/sftp/channel.hh"
#include "backends/sftp/features.hh"
#include "backends/sftp/packet.hh"
#include "backends/sftp/read_pace.hh"
#include "backends/sftp/request.hh"
#include "gateway/base/call.hh"
#include "gateway/base/fd.hh"

namespace vfsrun::sftp {

/// How the loss of a connection is told apart. Never sent: as if it had not
/// been asked. Broken: what was sent may have been done. Silent: it may even
/// be done later, as whoever is on the other side is only stopped.
inline constexpr int never_sent = ENOTCONN;
inline constexpr int broken = ECONNRESET;
inline constexpr int gone_silent = ECONNABORTED;

[[nodiscard]] constexpr bool is_lost(int code) noexcept {
  return code == never_sent || code == broken || code == gone_silent;
}

struct Timeouts {
  std::chrono::milliseconds connect = std::chrono::seconds(15);
  /// Requests are out and no byte moves for this long: the connection is
  /// given up.
  std::chrono::milliseconds stall = std::chrono::seconds(30);
  /// After so long without a request the server is asked something, so that
  /// no box on the way forgets the connection.
  std::chrono::milliseconds keep_alive = std::chrono::seconds(30);
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Starts to connect; what becomes of it is told by wait_until_up().
  /// `label` begins every message.
  static Result<std::shared_ptr<Connection>> start(std::string label,
                                                   OpenChannel open,
                                                   Timeouts timeouts);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Ends the connection; what is in flight fails. Never blocks long.
  void end() noexcept;
  /// True once its thread has nothing left to do.
  bool wait_ended(std::chrono::milliseconds at_most);

  /// EINTR and ETIMEDOUT as `call` says, else why there is no connection.
  Result<void> wait_until_up(const Call& call);

  enum class State : std::uint8_t { connecting, up, down };

  [[nodiscard]] State state() const noexcept { return state_.load(); }

  [[nodiscard]] bool was_up() const noexcept { return was_up_.load(); }

  /// Why it is down; ECONNRESET before.
  [[nodiscard]] Error cause() const;

  /// What the server offers. Only once it is up.
  [[nodiscard]] const Features& features() const noexcept { return features_; }

  /// Queues a request. Its answer may be `longest_answer` bytes of data at
  /// most (SSH_FXP_DATA); more is a lie.
  Request send(PacketWriter&& packet, std::size_t longest_answer = 0);

  /// The same with a callback instead of a wait. False where the connection
  /// is down: then nothing is ever called.
  bool start(PacketWriter&& packet, Pending::Callback callback);

  /// The same for what nobody waits for.
  void send_and_forget(PacketWriter&& packet) { (void)send(std::move(packet)); }

  /// Bytes asked for, or sent, and not yet answered.
  [[nodiscard]] std::size_t load() const noexcept { return load_.load(); }

  /// Of all READs that go over it.
  [[nodiscard]] ReadPace& read_pace() noexcept { return read_pace_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Entry {
    std::shared_ptr<Pending> pending;
    std::size_t longest_answer;
    std::size_t load;
  };

  Connection(std::string label, OpenChannel open, Timeouts timeouts);

  /// Queues a packet, with the lock held.
  std::shared_ptr<Pending> queue(PacketWriter&& packet,
                                 std::size_t longest_answer,
                                 Pending::Callback callback);
  void wake();
  void run();
  Result<void> set_up();
  Result<void> negotiate(const Patience& patience);
  Result<Reply> await(Request request, const Patience& patience);
  /// Moves what can be moved; waits, as long as `patience` says, only where
  /// nothing has come.
  Result<void> pump(const Patience& patience);
  Result<void> send_queued();
  /// True where something came.
  Result<bool> receive();
  Result<void> dispatch(const Framer::Packet& packet);
  Result<void> serve();
  [[nodiscard]] Clock::time_point next_alarm();
  Result<void> look_at_clock();
  void fail_all(const Error& cause);

  std::string label_;
  OpenChannel open_;
  Timeouts timeouts_;
  Fd stop_event_;
  Fd wake_event_;
  std::unique_ptr<Channel> channel_;
  Framer framer_;
  Features features_;
  std::optional<std::uint32_t> server_version_;
  Bytes version_body_;
  Bytes sending_;
  std::size_t sent_ = 0;
  bool write_blocked_ = false;
  Clock::time_point last_moved_;

  std::atomic<State> state_ = State::connecting;
  std::atomic<bool> was_up_ = false;
  std::atomic<bool> awake_ = false;
  std::atomic<std::size_t> load_ = 0;
  ReadPace read_pace_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_.
  Bytes queued_;
  std::uint64_t queued_until_ = 0;  ///< position of the end of queued_
  std::uint64_t taken_until_ = 0;   ///< position up to which bytes have gone
  std::uint32_t next_id_ = 1;
  std::unordered_map<std::uint32_t, Entry> out_;
  bool finished_ = false;
  Error cause_{broken, "the connection has ended"};
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace vfsrun::sftp
