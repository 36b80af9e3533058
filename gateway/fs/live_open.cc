// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/live_open.hh"

#include <algorithm>
#include <limits>
#include <system_error>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {
constexpr ByteRange whole_file{0, std::numeric_limits<std::uint64_t>::max()};
}

void LiveNode::add(const std::shared_ptr<LiveOpen>& open) {
  const std::lock_guard lock(mutex_);
  std::erase_if(opens_, [](const auto& each) { return each.expired(); });
  opens_.push_back(open);
}

void LiveNode::remove(const std::shared_ptr<LiveOpen>& open) {
  const std::lock_guard lock(mutex_);
  std::erase_if(opens_, [&](const auto& each) {
    return !each.owner_before(open) && !open.owner_before(each);
  });
}

std::shared_ptr<LiveOpen> LiveNode::some(bool writable) {
  std::shared_ptr<LiveOpen> other;
  const std::lock_guard lock(mutex_);
  for (const auto& each : opens_) {
    std::shared_ptr<LiveOpen> open = each.lock();
    if (!open) continue;
    if (open->traits().writable) return open;
    if (!writable) other = std::move(open);
  }
  return other;
}

std::optional<std::uint64_t> LiveNode::length(
    Clock::TimePoint now, std::chrono::nanoseconds max_age) {
  const bool busy = writes->busy();
  const std::lock_guard lock(mutex_);
  if (!asked_ || (!busy && now - *asked_ > max_age)) return std::nullopt;
  return length_;
}

void LiveNode::set_length(std::uint64_t length, Clock::TimePoint now) {
  const std::lock_guard lock(mutex_);
  length_ = length;
  asked_ = now;
}

void LiveNode::wrote_to(std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  length_ = std::max(length_, end);
}

LiveStatePtr LiveNode::state() {
  if (dirty) return nullptr;
  const std::lock_guard lock(mutex_);
  return state_;
}

void LiveNode::set_state(LiveStatePtr state) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

std::shared_ptr<ReadWindow> LiveOpen::window() {
  LiveStatePtr state = live_->state();
  std::shared_ptr<ReadWindow> old;  // ends without the lock
  const std::lock_guard lock(window_mutex_);
  if (window_ && window_state_ == state) return window_;
  old = std::exchange(window_, nullptr);
  if (!state || !state->content) return nullptr;
  CachedFile::Fetch fetch = [file = file_](ByteRange range,
                                           const ByteSink& sink, Call& call) {
    return file->read(range, sink, call);
  };
  window_ = std::make_shared<ReadWindow>(
      state->content, std::move(fetch), reading_.parallel, reading_.read_ahead);
  window_state_ = std::move(state);
  return window_;
}

Result<FileBytes> LiveOpen::read(std::uint64_t offset,
                                 std::span<std::byte> room, Call& call) {
  const std::shared_ptr<ReadWindow> window = this->window();
  if (!window) return read_now({offset, room.size()}, room, call);
  Result<ReadWindow::Served> served = window->read(offset, room, call);
  // A file that became shorter meanwhile ends a fetch early.
  if (!served && served.error().code != EINTR)
    return read_now({offset, room.size()}, room, call);
  if (!served) return tl::unexpected(std::move(served).error());
  if (served->from_cache) {
    reading_.counters.add(Counter::bytes_from_cache, served->what.bytes.size());
  } else {
    fetched_ = true;
  }
  return std::move(served->what);
}

Result<FileBytes> LiveOpen::read_now(ByteRange range, std::span<std::byte> room,
                                     Call& call) {
  TRY(live_->writes->settle(file_.get(), range, call));
  std::size_t got = 0;
  TRY(file_->read(
      range,
      [&](std::span<const std::byte> bytes) -> Result<void> {
        const auto left = room.subspan(got);
        const std::size_t size = std::min(bytes.size(), left.size());
        std::copy_n(bytes.begin(), size, left.begin());
        got += size;
        return {};
      },
      call));
  return FileBytes{room.first(got)};
}

Result<void> LiveOpen::report() {
  const std::lock_guard lock(seen_mutex_);
  return live_->writes->report(seen_);
}

Result<void> LiveOpen::write(std::uint64_t offset,
                             std::span<const std::byte> bytes, Call& call) {
  TRY(report());
  return live_->writes->write(*file_, offset, bytes, call);
}

Result<Attr> LiveOpen::attributes(Call& call) {
  TRY(live_->writes->settle(file_.get(), whole_file, call));
  fetched_ = false;
  return file_->attributes(call);
}

Result<void> LiveOpen::change(const AttrChange& change, Call& call) {
  TRY(live_->writes->settle(file_.get(), whole_file, call));
  if (traits_.created && !change.size) {
    live_->writes->change(*file_, change);
    return {};
  }
  return file_->change(change, call);
}

Result<void> LiveOpen::flush(Call& call) {
  TRY(live_->writes->drain(call));
  return report();
}

Result<void> LiveOpen::sync(Call& call) {
  TRY(live_->writes->settle(file_.get(), whole_file, call));
  // Behind all that is written: one round trip for both.
  Result<void> synced = file_->sync(call);
  TRY(flush(call));
  // A server without fsync: its acknowledgement is all there is to have.
  if (!synced && synced.error().code == EOPNOTSUPP) return {};
  return synced;
}

Result<void> LiveOpen::end(Call& call) {
  {
    const std::lock_guard lock(window_mutex_);
    window_ = nullptr;
  }
  return flush(call);
}

LiveOpen::~LiveOpen() {
  // Nothing was done to it, or others still wait for bytes through it: it is
  // closed without asking what the server says.
  if (!traits_.writable || file_.use_count() > 1) return;
  try {
    Call call;
    const Result<void> done = file_->close(call);
    if (!done) {
      LOG(warn, "closing a file that was written to: {}",
          done.error().detail.empty()
              ? std::generic_category().message(done.error().code)
              : done.error().detail);
    }
  } catch (const std::exception& error) {
    LOG(error, "closing a file: {}", error.what());
  }
}

}  // namespace vfsrun
