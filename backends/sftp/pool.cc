// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/pool.hh"

#include <algorithm>
#include <condition_variable>

#include "gateway/base/log.hh"

namespace vfsrun::sftp {

namespace {

// A connection with this much to carry has a second one beside it.
constexpr std::size_t busy = std::size_t{1} << 20;
constexpr std::chrono::seconds longest_pause{30};
constexpr std::chrono::seconds time_to_end{2};

/// Of another try something else may come, without anybody's doing.
bool may_pass(int code) {
  return code == ECONNREFUSED || code == EHOSTUNREACH || code == ENETUNREACH ||
         code == ETIMEDOUT || is_lost(code);
}

Result<void> sleep(std::chrono::steady_clock::time_point until,
                   const Call& call) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  const bool late = call.deadline < until;
  never.wait_until(lock, call.stop, std::min(until, call.deadline),
                   [] { return false; });
  if (call.stop.stop_requested()) return fail(EINTR);
  if (late) return fail(ETIMEDOUT, "the server is away");
  return {};
}

}  // namespace

Pool::~Pool() {
  const auto until = Clock::now() + time_to_end;
  for (const auto& each : connections_) each->end();
  for (const auto& each : connections_) {
    (void)each->wait_ended(std::chrono::ceil<std::chrono::milliseconds>(
        std::max(until - Clock::now(), Clock::duration::zero())));
  }
}

Result<std::shared_ptr<Connection>> Pool::get(Away away, const Call& call) {
  const auto until = Clock::now() + settings_.timeouts.stall;
  for (;;) {
    Result<std::shared_ptr<Connection>> got = try_get(call);
    if (got || away == Away::fail || !may_pass(got.error().code)) return got;
    if (Clock::now() >= until || call.deadline <= Clock::now()) return got;
    Clock::time_point retry_at;
    {
      const std::lock_guard lock(mutex_);
      retry_at = retry_at_;
    }
    TRY(sleep(retry_at, call));
  }
}

Result<std::shared_ptr<Connection>> Pool::try_get(const Call& call) {
  const std::shared_ptr<Connection> chosen = TRY(choose());
  const Result<void> up = chosen->wait_until_up(call);
  if (up) return chosen;
  const std::lock_guard lock(mutex_);
  drop_ended();
  return tl::unexpected(up.error());
}

Result<std::shared_ptr<Connection>> Pool::choose() {
  const std::lock_guard lock(mutex_);
  drop_ended();
  // One that is still being made serves only where there is no other.
  std::shared_ptr<Connection> best;
  bool making = false;
  for (const auto& each : connections_) {
    const bool up = each->state() == Connection::State::up;
    making = making || !up;
    if (!best || (up && (best->state() != Connection::State::up ||
                         each->load() < best->load())))
      best = each;
  }
  const bool one_more = best && best->load() >= busy && !making &&
                        connections_.size() < settings_.most;
  if (best && !one_more) return best;
  if (Clock::now() < retry_at_ && failure_) {
    if (best) return best;
    return tl::unexpected(*failure_);
  }
  auto made =
      Connection::start(settings_.label, settings_.open, settings_.timeouts);
  if (!made) return best ? best : std::move(made);
  connections_.push_back(*made);
  return best ? best : *std::move(made);
}

void Pool::drop_ended() {
  std::optional<Error> failure;
  const auto ended = [&](const std::shared_ptr<Connection>& each) {
    if (each->state() != Connection::State::down) return false;
    if (!each->was_up()) failure = each->cause();
    return true;
  };
  std::erase_if(connections_, ended);
  const bool any_up = std::ranges::any_of(connections_, [](const auto& each) {
    return each->state() == Connection::State::up;
  });
  if (failure) {
    pause_ = failure_ ? std::min<Clock::duration>(pause_ * 2, longest_pause)
                      : settings_.first_pause;
    failure_ = failure;
    retry_at_ = Clock::now() + pause_;
    // A second one that does not come about is no loss.
    if (any_up) {
      LOG(debug, "{}", failure->detail);
    } else {
      LOG(warn, "{}", failure->detail);
    }
  } else if (any_up && Clock::now() >= retry_at_) {
    failure_.reset();
  }
}

}  // namespace vfsrun::sftp
