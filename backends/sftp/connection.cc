// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/connection.hh"

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "backends/sftp/replies.hh"
#include "gateway/base/log.hh"

namespace vfsrun::sftp {

namespace {

constexpr std::size_t read_size = std::size_t{256} << 10;

Result<Fd> make_event() {
  Fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return fail_errno("eventfd");
  return fd;
}

void signal_event(const Fd& event) {
  const std::uint64_t one = 1;
  (void)!::write(event.get(), &one, sizeof one);
}

void clear_event(const Fd& event) {
  std::uint64_t count = 0;
  (void)!::read(event.get(), &count, sizeof count);
}

}  // namespace

Connection::Connection(std::string label, OpenChannel open, Timeouts timeouts)
    : label_(std::move(label)), open_(std::move(open)), timeouts_(timeouts) {}

Result<std::shared_ptr<Connection>> Connection::start(std::string label,
                                                      OpenChannel open,
                                                      Timeouts timeouts) {
  const std::shared_ptr<Connection> made(
      new Connection(std::move(label), std::move(open), timeouts));
  made->stop_event_ = TRY(make_event());
  made->wake_event_ = TRY(make_event());
  // The thread keeps what it works with: whoever ends a connection need not
  // wait for an agent or a name server.
  std::thread([made] { made->run(); }).detach();
  return made;
}

void Connection::end() noexcept { signal_event(stop_event_); }

Result<void> Connection::wait_until_up(const Call& call) {
  std::unique_lock lock(mutex_);
  const auto settled = [&] { return state_ != State::connecting; };
  if (!changed_.wait_until(lock, call.stop, call.deadline, settled)) {
    if (call.stop.stop_requested()) return fail(EINTR);
    return fail(ETIMEDOUT, label_ + ": no connection in time");
  }
  if (state_ == State::down) return tl::unexpected(cause_);
  return {};
}

Error Connection::cause() const {
  const std::lock_guard lock(mutex_);
  return cause_;
}

Request Connection::send(PacketWriter&& packet, std::size_t longest_answer) {
  std::shared_ptr<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::down) {
      pending = std::make_shared<Pending>(queued_until_, nullptr);
      Error error = cause_;
      error.code = never_sent;
      (void)pending->complete(tl::unexpected(std::move(error)));
      return Request(std::move(pending));
    }
    pending = queue(std::move(packet), longest_answer, nullptr);
  }
  wake();
  return Request(std::move(pending));
}

bool Connection::start(PacketWriter&& packet, Pending::Callback callback) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::down) return false;
    (void)queue(std::move(packet), 0, std::move(callback));
  }
  wake();
  return true;
}

std::shared_ptr<Pending> Connection::queue(PacketWriter&& packet,
                                           std::size_t longest_answer,
                                           Pending::Callback callback) {
  auto pending = std::make_shared<Pending>(queued_until_, std::move(callback));
  while (out_.contains(next_id_)) ++next_id_;
  const Bytes bytes = std::move(packet).finish(next_id_);
  const std::size_t load = longest_answer + bytes.size();
  out_.emplace(next_id_++, Entry{pending, longest_answer, load});
  queued_.insert(queued_.end(), bytes.begin(), bytes.end());
  queued_until_ += bytes.size();
  load_ += load;
  return pending;
}

void Connection::wake() {
  if (!awake_.exchange(true)) signal_event(wake_event_);
}

void Connection::run() {
  Result<void> ended = set_up();
  if (ended) {
    {
      const std::lock_guard lock(mutex_);
      was_up_ = true;
      state_ = State::up;
    }
    changed_.notify_all();
    ended = serve();
  }
  Error cause = ended ? Error{broken, "the connection has ended"}
                      : std::move(ended).error();
  if (cause.code == EINTR) cause = {broken, "the connection was ended"};
  if (!cause.detail.starts_with(label_))
    cause.detail = fmt::format("{}: {}", label_, cause.detail);
  channel_.reset();
  fail_all(cause);
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
}

bool Connection::wait_ended(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return finished_; });
}

void Connection::fail_all(const Error& cause) {
  std::unordered_map<std::uint32_t, Entry> out;
  std::uint64_t taken = 0;
  {
    const std::lock_guard lock(mutex_);
    cause_ = cause;
    state_ = State::down;
    out.swap(out_);
    taken = taken_until_;
    load_ = 0;
  }
  changed_.notify_all();
  for (const auto& [id, entry] : out) {
    Error error = cause;
    if (entry.pending->position() >= taken) error.code = never_sent;
    (void)entry.pending->complete(tl::unexpected(std::move(error)));
  }
}

Result<void> Connection::set_up() {
  const Patience patience(stop_event_.get(), Clock::now() + timeouts_.connect);
  channel_ = TRY(open_(patience));
  Result<void> done =
      negotiate(Patience(stop_event_.get(), Clock::now() + timeouts_.connect));
  if (!done && done.error().code == ETIMEDOUT) {
    return fail(ETIMEDOUT, "the server does not speak sftp within " +
                               std::to_string(timeouts_.connect.count()) +
                               " ms");
  }
  return done;
}

Result<void> Connection::negotiate(const Patience& patience) {
  last_moved_ = Clock::now();
  sending_ = init_packet();
  {
    const std::lock_guard lock(mutex_);
    queued_until_ = sending_.size();
  }
  while (!server_version_) TRY(pump(patience));
  if (*server_version_ < protocol_version) {
    return fail(EPROTO, fmt::format("the server speaks version {} of sftp only",
                                    *server_version_));
  }
  features_ = TRY(read_extensions(version_body_));
  // All at once: one round trip.
  Request home = send(std::move(PacketWriter(PacketType::realpath).text(".")));
  Request home_attributes =
      send(std::move(PacketWriter(PacketType::stat).text(".")));
  if (features_.limits) {
    const Reply limits =
        TRY(await(send(PacketWriter("limits@openssh.com")), patience));
    TRY(read_limits(limits, features_));
  }
  const Reply path = TRY(await(std::move(home), patience));
  const Reply attributes = TRY(await(std::move(home_attributes), patience));
  features_.home = TRY(expect_path(path, "the home directory"));
  if (!features_.home.starts_with('/'))
    return fail(EPROTO, "the home directory has no absolute path");
  if (const auto own = expect_attributes(attributes, features_.home))
    features_.user = {own->uid, own->gid};
  return {};
}

Result<Reply> Connection::await(Request request, const Patience& patience) {
  Call at_once;
  at_once.deadline = Clock::time_point::min();
  for (;;) {
    Result<Reply> reply = request.wait(at_once);
    if (reply || reply.error().code != ETIMEDOUT) return reply;
    TRY(pump(patience));
  }
}

Result<void> Connection::serve() {
  for (;;) {
    TRY(pump(Patience(stop_event_.get(), next_alarm())));
    TRY(look_at_clock());
  }
}

Connection::Clock::time_point Connection::next_alarm() {
  const std::lock_guard lock(mutex_);
  return last_moved_ + (out_.empty() ? timeouts_.keep_alive : timeouts_.stall);
}

Result<void> Connection::look_at_clock() {
  if (Clock::now() < next_alarm()) return {};
  bool waiting = false;
  {
    const std::lock_guard lock(mutex_);
    waiting = !out_.empty();
  }
  if (waiting) {
    return fail(gone_silent, fmt::format("nothing was heard for {} ms",
                                         timeouts_.stall.count()));
  }
  send_and_forget(std::move(PacketWriter(PacketType::realpath).text(".")));
  last_moved_ = Clock::now();
  return {};
}

Result<void> Connection::pump(const Patience& patience) {
  TRY(send_queued());
  if (TRY(receive())) return {};
  // From here on whoever queues something says so.
  awake_ = false;
  {
    const std::lock_guard lock(mutex_);
    if (!queued_.empty() && !write_blocked_) return {};
  }
  std::array<pollfd, 3> wait{{channel_->waits_for(write_blocked_),
                              {wake_event_.get(), POLLIN, 0},
                              {stop_event_.get(), POLLIN, 0}}};
  const auto now = Clock::now();
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(std::clamp<Clock::duration>(
          patience.until() - now, {}, std::chrono::hours(1)));
  const int ready =
      ::poll(wait.data(), wait.size(), static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR) return fail_errno("poll");
  if (wait[2].revents != 0) return fail(EINTR);
  if (wait[1].revents != 0) clear_event(wake_event_);
  if (state_ == State::connecting && Clock::now() >= patience.until())
    return fail(ETIMEDOUT);
  return {};
}

Result<void> Connection::send_queued() {
  write_blocked_ = false;
  for (;;) {
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
      const std::lock_guard lock(mutex_);
      if (queued_.empty()) return {};
      sending_.swap(queued_);
      // After an idle time the clock starts with the request.
      if (out_.size() == 1) last_moved_ = Clock::now();
    }
    const std::size_t taken =
        TRY(channel_->write(std::span(sending_).subspan(sent_)));
    if (taken == 0) {
      write_blocked_ = true;
      return {};
    }
    sent_ += taken;
    last_moved_ = Clock::now();
    const std::lock_guard lock(mutex_);
    taken_until_ += taken;
  }
}

Result<bool> Connection::receive() {
  for (bool any = false;; any = true) {
    const std::size_t came = TRY(channel_->read(framer_.room(read_size)));
    if (came == 0) return any;
    framer_.commit(came);
    last_moved_ = Clock::now();
    Framer::Packet packet{};
    while (TRY(framer_.next(packet))) TRY(dispatch(packet));
    // What answers make others ask for goes out between two reads.
    TRY(send_queued());
  }
}

Result<void> Connection::dispatch(const Framer::Packet& packet) {
  if (packet.type == PacketType::version) {
    if (server_version_) return fail(EPROTO, "a second greeting");
    server_version_ = packet.id;
    version_body_.assign(packet.body.begin(), packet.body.end());
    return {};
  }
  Entry entry{};
  {
    const std::lock_guard lock(mutex_);
    const auto found = out_.find(packet.id);
    if (found == out_.end())
      return fail(EPROTO, "an answer to what was not asked");
    entry = std::move(found->second);
    out_.erase(found);
    load_ -= entry.load;
  }
  Result<Reply> answer =
      Reply{packet.type, Bytes(packet.body.begin(), packet.body.end())};
  const bool too_long = packet.type == PacketType::data &&
                        packet.body.size() > entry.longest_answer + 4;
  if (too_long) answer = fail(EPROTO, "more data than was asked for");
  const std::optional<Reply> unwanted = entry.pending->complete(answer);
  if (unwanted && unwanted->type == PacketType::handle) {
    // Whoever opened it has left.
    if (const auto handle = expect_handle(*unwanted, label_))
      send_and_forget(std::move(PacketWriter(PacketType::close).text(*handle)));
  }
  if (too_long) return fail(EPROTO, "more data than was asked for");
  return {};
}

}  // namespace vfsrun::sftp
