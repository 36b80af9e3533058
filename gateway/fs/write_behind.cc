// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/write_behind.hh"

#include <algorithm>
#include <array>

namespace vfsrun {

namespace {
bool overlap(ByteRange a, ByteRange b) {
  return a.offset < b.end() && b.offset < a.end();
}
}  // namespace

bool is_loss(const Error& error) noexcept {
  // EIO is what backends make of a lost connection, and servers of a disk.
  constexpr std::array connection{
      EIO,       ECONNRESET,   ECONNREFUSED, ECONNABORTED, ENOTCONN, EPIPE,
      ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,  EPROTO,       ESTALE,   EINTR,
      ECANCELED, EHOSTDOWN,    ENETDOWN,     ESHUTDOWN};
  return std::ranges::find(connection, error.code) != connection.end();
}

WriteBehind::Seen WriteBehind::seen_so_far() {
  const std::lock_guard lock(mutex_);
  return errors_;
}

Result<void> WriteBehind::write(LiveFile& file, std::uint64_t offset,
                                std::span<const std::byte> bytes, Call& call) {
  Request request{&file, {offset, bytes.size()}, {}};
  std::uint64_t held = 0;
  {
    std::unique_lock lock(mutex_);
    TRY(wait_for(changed_, lock, call, [&] {
      return bytes_ == 0 || (bytes_ + bytes.size() <= window &&
                             requests_.size() < WriteBehind::requests);
    }));
    held = bytes_;
  }
  TRY(settle(&file, request.range, call));
  TRY(budget_.take(bytes.size(), held, call));
  request.bytes.assign(bytes.begin(), bytes.end());
  const std::lock_guard in_order(starting_);
  std::unique_lock lock(mutex_);
  const auto at = add(lock, std::move(request));
  lock.unlock();
  file.start_write(offset, at->bytes, done(at));
  return {};
}

void WriteBehind::change(LiveFile& file, const AttrChange& change) {
  const std::lock_guard in_order(starting_);
  std::unique_lock lock(mutex_);
  const auto at = add(lock, Request{&file, {}, {}});
  lock.unlock();
  file.start_change(change, done(at));
}

WriteBehind::Requests::iterator WriteBehind::add(
    std::unique_lock<std::mutex>& /*held*/, Request request) {
  bytes_ += request.range.size;
  requests_.push_back(std::move(request));
  return std::prev(requests_.end());
}

LiveFile::Done WriteBehind::done(Requests::iterator request) {
  return [self = shared_from_this(), request](const Result<void>& result) {
    self->ended(request, result);
  };
}

void WriteBehind::ended(Requests::iterator request,
                        const Result<void>& result) {
  const std::uint64_t size = request->range.size;
  Requests ended;  // freed after the lock
  {
    const std::lock_guard lock(mutex_);
    bytes_ -= size;
    if (!result) {
      ++errors_;
      last_error_ = result.error();
      if (is_loss(last_error_)) {
        last_error_.code = EIO;
        if (size > 0)
          lost_.push_back({request->range.offset, std::move(request->bytes)});
      }
    }
    ended.splice(ended.end(), requests_, request);
  }
  budget_.give_back(size);
  changed_.notify_all();
}

Result<void> WriteBehind::settle(const LiveFile* through, ByteRange range,
                                 Call& call) {
  std::unique_lock lock(mutex_);
  return wait_for(changed_, lock, call, [&] {
    return std::ranges::none_of(requests_, [&](const Request& each) {
      return each.through != through && overlap(each.range, range);
    });
  });
}

Result<void> WriteBehind::drain(Call& call) {
  std::unique_lock lock(mutex_);
  return wait_for(changed_, lock, call, [&] { return requests_.empty(); });
}

bool WriteBehind::busy() {
  const std::lock_guard lock(mutex_);
  return !requests_.empty();
}

std::uint64_t WriteBehind::end() {
  const std::lock_guard lock(mutex_);
  std::uint64_t end = 0;
  for (const Request& each : requests_) end = std::max(end, each.range.end());
  return end;
}

Result<void> WriteBehind::report(Seen& seen) {
  const std::lock_guard lock(mutex_);
  if (seen == errors_) return {};
  seen = errors_;
  return tl::unexpected(last_error_);
}

std::vector<LostBytes> WriteBehind::take_lost() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lost_, {});
}

std::vector<LostBytes> WriteBehind::in_flight() {
  const std::lock_guard lock(mutex_);
  std::vector<LostBytes> copies;
  for (const Request& each : requests_)
    if (each.range.size > 0) copies.push_back({each.range.offset, each.bytes});
  return copies;
}

}  // namespace vfsrun
