// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/relay/connection.hh"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vfsrun::relay {

namespace {

constexpr std::size_t piece_size = std::size_t{256} << 10U;

bool would_block() { return errno == EAGAIN || errno == EINTR; }

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

bool Direction::wants_input() const noexcept {
  // With a rate limit a deep queue would only hide it from the sender. The
  // other half of a window is acknowledgments, which are as late again.
  const std::size_t limit =
      link_->bytes_per_second == 0 ? link_->window / 2 : 2 * piece_size;
  return !ended_ && queued_ < limit;
}

bool Direction::take(Clock::time_point now) {
  if (!wants_input()) return true;
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(piece_size);
  const ssize_t n = ::read(from_, bytes.get(), piece_size);
  if (n < 0) return would_block();
  const auto size = static_cast<std::size_t>(n);
  if (size < piece_size / 2) {  // many small ones would take much memory
    auto all = std::make_unique_for_overwrite<std::byte[]>(size);
    std::copy_n(bytes.get(), size, all.get());
    bytes = std::move(all);
  }
  ended_ = size == 0;
  queued_ += size;
  bytes_ += size;
  line_free_ = std::max(line_free_, now);
  if (link_->bytes_per_second != 0)
    line_free_ += std::chrono::nanoseconds(size * 1'000'000'000 /
                                           link_->bytes_per_second);
  queue_.push_back({line_free_ + link_->delay, std::move(bytes), size});
  return true;
}

bool Direction::give(Clock::time_point now) {
  blocked_ = false;
  while (!queue_.empty() && queue_.front().due <= now) {
    Piece& piece = queue_.front();
    if (piece.size == 0) {
      ::shutdown(to_, SHUT_WR);
    } else {
      const ssize_t n = ::write(to_, piece.bytes.get() + piece.written,
                                piece.size - piece.written);
      if (n < 0) {
        blocked_ = would_block();
        return blocked_;
      }
      piece.written += static_cast<std::size_t>(n);
      queued_ -= static_cast<std::size_t>(n);
      if (piece.written < piece.size) continue;
    }
    queue_.pop_front();
  }
  return true;
}

std::optional<Clock::time_point> Direction::due() const noexcept {
  if (blocked_ || queue_.empty()) return std::nullopt;
  return queue_.front().due;
}

void Connections::accept_from(int listener) {
  Fd client(
      ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client) return;
  // A loopback connect is made or refused before connect(2) returns.
  Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!server ||
      ::connect(server.get(), reinterpret_cast<const sockaddr*>(&upstream_),
                sizeof upstream_) != 0)
    return;
  send_at_once(client.get());
  send_at_once(server.get());
  ++count_;
  auto pair =
      std::make_shared<Pair>(std::move(client), std::move(server), link_);
  by_fd_[pair->client.get()] = pair;
  by_fd_[pair->server.get()] = pair;
  watch(EPOLL_CTL_ADD, pair->client.get(), pair->up, pair->down);
  watch(EPOLL_CTL_ADD, pair->server.get(), pair->down, pair->up);
}

void Connections::watch(int operation, int fd, const Direction& reads,
                        const Direction& writes) const {
  epoll_event event{};
  event.data.fd = fd;
  if (reads.wants_input()) event.events |= EPOLLIN;
  if (writes.wants_output()) event.events |= EPOLLOUT;
  ::epoll_ctl(poller_, operation, fd, &event);
}

void Connections::update(Pair& pair, bool alive) {
  if (alive && !(pair.up.done() && pair.down.done())) {
    watch(EPOLL_CTL_MOD, pair.client.get(), pair.up, pair.down);
    watch(EPOLL_CTL_MOD, pair.server.get(), pair.down, pair.up);
    return;
  }
  past_bytes_ += pair.up.bytes() + pair.down.bytes();
  const int client = pair.client.get();
  const int server = pair.server.get();
  by_fd_.erase(client);
  by_fd_.erase(server);
}

void Connections::on_event(int fd) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  const std::shared_ptr<Pair> pair = found->second;
  Direction& reads = fd == pair->client.get() ? pair->up : pair->down;
  Direction& writes = fd == pair->client.get() ? pair->down : pair->up;
  const auto now = Clock::now();
  bool alive = reads.take(now) && writes.give(now);
  // Hung up both ways (EPOLLHUP is always reported): nothing more can come
  // of it, and waiting for it would spin.
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) alive = false;
  update(*pair, alive);
}

void Connections::deliver() {
  const auto now = Clock::now();
  std::vector<std::shared_ptr<Pair>> pairs;
  for (const auto& [fd, pair] : by_fd_)
    if (fd == pair->client.get()) pairs.push_back(pair);
  for (const auto& pair : pairs) {
    const bool alive = pair->up.give(now) && pair->down.give(now);
    update(*pair, alive);
  }
}

std::optional<timespec> Connections::until_next() const {
  std::optional<Clock::time_point> next;
  for (const auto& [fd, pair] : by_fd_)
    for (const Direction* direction : {&pair->up, &pair->down})
      if (const auto due = direction->due(); due && (!next || *due < *next))
        next = due;
  if (!next) return std::nullopt;
  const auto left = std::max(*next - Clock::now(), Clock::duration::zero());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  return timespec{seconds.count(),
                  std::chrono::nanoseconds(left - seconds).count()};
}

std::uint64_t Connections::bytes() const noexcept {
  std::uint64_t sum = past_bytes_;
  for (const auto& [fd, pair] : by_fd_)
    if (fd == pair->client.get()) sum += pair->up.bytes() + pair->down.bytes();
  return sum;
}

}  // namespace vfsrun::relay
