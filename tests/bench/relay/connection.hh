// SPDX-License-Identifier: GPL-2.0-or-later
// The relay's connections: bytes read on one side and written on the other
// some time later. One thread. Knows nothing of what the bytes mean.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gateway/base/fd.hh"

namespace vfsrun::relay {

using Clock = std::chrono::steady_clock;

/// What a way has to be like, in each direction.
struct Link {
  Clock::duration delay = std::chrono::milliseconds(10);
  std::uint64_t bytes_per_second = 0;  ///< of each connection; 0: no limit
  /// Of each connection: bytes that are not acknowledged yet, as TCP's. The
  /// default is far above rate times delay, so that it is the delay and not
  /// this that is felt; Linux allows 6 MiB (tcp(7): the last of tcp_rmem).
  std::size_t window = std::size_t{128} << 20U;
};

/// One direction of one connection: a queue of what is on its way.
class Direction {
 public:
  Direction(int from, int to, const Link& link) noexcept
      : from_(from), to_(to), link_(&link) {}

  /// Reads what has come. False when the connection has failed.
  bool take(Clock::time_point now);
  /// Writes what is due. False when the connection has failed.
  bool give(Clock::time_point now);

  [[nodiscard]] bool wants_input() const noexcept;

  [[nodiscard]] bool wants_output() const noexcept { return blocked_; }

  /// When give() will have work; nothing while it cannot.
  [[nodiscard]] std::optional<Clock::time_point> due() const noexcept;

  [[nodiscard]] bool done() const noexcept { return ended_ && queue_.empty(); }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  struct Piece {
    Clock::time_point due;
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;  ///< 0: the end
    std::size_t written = 0;
  };

  int from_;
  int to_;
  const Link* link_;
  std::deque<Piece> queue_;
  std::size_t queued_ = 0;
  std::uint64_t bytes_ = 0;
  Clock::time_point line_free_{};  ///< the last byte taken has left by then
  bool ended_ = false;
  bool blocked_ = false;
};

class Connections {
 public:
  Connections(int poller, const sockaddr_in& upstream, Link link)
      : poller_(poller), upstream_(upstream), link_(link) {}

  void accept_from(int listener);
  /// A socket is readable, writable or broken.
  void on_event(int fd);
  /// Writes everything that is due by now.
  void deliver();
  /// How long until something is due; nothing: no limit.
  [[nodiscard]] std::optional<timespec> until_next() const;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  struct Pair {
    Pair(Fd accepted, Fd connected, const Link& link)
        : client(std::move(accepted)),
          server(std::move(connected)),
          up(client.get(), server.get(), link),
          down(server.get(), client.get(), link) {}

    Fd client;
    Fd server;
    Direction up;
    Direction down;
  };

  void update(Pair& pair, bool alive);
  void watch(int operation, int fd, const Direction& reads,
             const Direction& writes) const;

  int poller_;
  sockaddr_in upstream_;
  Link link_;
  std::uint64_t count_ = 0;
  std::uint64_t past_bytes_ = 0;
  std::unordered_map<int, std::shared_ptr<Pair>> by_fd_;
};

}  // namespace vfsrun::relay
