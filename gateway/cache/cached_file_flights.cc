// SPDX-License-Identifier: GPL-2.0-or-later
// How the blocks of a cached file come in, and who is told.
#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "gateway/cache/cached_file.hh"

namespace vfsrun {

namespace {

// What is kept when the disk takes nothing: enough for the reads in flight.
constexpr std::size_t memory_blocks_max =
    CachedFile::memory_max / cache_block_size;

}  // namespace

/// Sees to it that every missing block is on its way.
void CachedFile::join_or_start(BlockRange blocks, const Fetch& fetch,
                               const Call& call, WantedFlights& wanted) {
  BlockMap coming;
  for (const FlightPtr& flight : flights_) {
    const BlockRange both{std::max(flight->next, blocks.first),
                          std::min(flight->blocks.end, blocks.end)};
    if (both.empty() || !flight->will_bring(both.first)) continue;
    if (on_disk_.has_all(both)) continue;
    coming.set(both);
    if (call.priority != Priority::prefetch) flight->hurry.request_stop();
    wanted.add(flight);
  }
  for (const BlockRange run : on_disk_.missing(blocks)) {
    for (BlockRange gap : coming.missing(run)) {
      while (gap.first < gap.end && memory_.contains(gap.first)) ++gap.first;
      while (gap.first < gap.end && memory_.contains(gap.end - 1)) --gap.end;
      if (!gap.empty()) wanted.add(start(gap, fetch, call));
    }
  }
}

FlightPtr CachedFile::start(BlockRange blocks, const Fetch& fetch,
                            const Call& call) {
  auto flight = std::make_shared<Flight>(
      blocks, size_,
      [this](Flight& self, BlockRange run, std::span<const std::byte> bytes) {
        put(run, bytes, &self);
      });
  Call own;
  own.stop = flight->stop.get_token();
  own.priority = call.priority;
  own.hurry = flight->hurry.get_token();
  own.client = call.client;
  flights_.push_back(flight);
  const bool taken = threads_.run([self = shared_from_this(), flight, fetch,
                                   own] { self->fly(flight, fetch, own); });
  if (!taken) {
    flights_.pop_back();
    flight->error = Error{EAGAIN, "no thread for a transfer"};
    flight->done = true;
  }
  return flight;
}

/// Runs on a thread of its own: the fence that no exception passes.
void CachedFile::fly(const FlightPtr& flight, const Fetch& fetch, Call call) {
  Result<void> result;
  try {
    const ByteSink sink =
        [&](std::span<const std::byte> bytes) -> Result<void> {
      if (call.stop.stop_requested()) return fail(EINTR);
      return flight->take(bytes);
    };
    result = fetch(bytes_of(flight->blocks, size_), sink, call);
    if (result) result = flight->finish();
    flight->flush();
  } catch (const std::bad_alloc&) {
    result = fail(ENOMEM);
  } catch (const std::exception& error) {
    result = fail(EIO, error.what());
  }
  const Lock lock(mutex_);
  if (!result) flight->error = result.error();
  flight->done = true;
  std::erase(flights_, flight);
  wake_ready(nullptr);
}

/// Where the last byte of what somebody waits for has come in, it need not
/// wait for the rest of its batch. True: look again.
bool CachedFile::put_what_has_come(Lock& lock, BlockRange blocks,
                                   const WantedFlights& wanted) {
  for (std::uint64_t block = first_absent(blocks); block < blocks.end;) {
    const FlightPtr flight = wanted.bringer(block);
    if (!flight) return false;
    if (flight->await(blocks.end)) {
      lock.unlock();
      flight->flush();
      lock.lock();
      return true;
    }
    block = first_absent({flight->blocks.end, blocks.end});
  }
  return false;
}

bool CachedFile::all_coming(BlockRange blocks) const noexcept {
  return std::ranges::any_of(flights_, [&](const FlightPtr& flight) {
    return !blocks.empty() && flight->will_bring(blocks.first) &&
           flight->will_bring(blocks.end - 1);
  });
}

/// Whole blocks, on disk where it takes them. One writer at a time, so that a
/// block is never two transfers' at once.
void CachedFile::put(BlockRange blocks, std::span<const std::byte> bytes,
                     Flight* flight) {
  const std::lock_guard writing(writing_);
  std::vector<BlockRange> missing;
  bool to_disk = store_.usable() && owner_.may_write();
  {
    const Lock lock(mutex_);
    missing = on_disk_.missing(blocks);
    to_disk = to_disk && !disk_broken_;
  }
  const std::uint64_t start = blocks.first * cache_block_size;
  for (const BlockRange run : missing) {
    const ByteRange range = bytes_of(run, size_);
    const auto part = bytes.subspan(range.offset - start, range.size);
    if (to_disk) {
      const auto written = store_.write(run, size_, part);
      if (!written) owner_.disk_failed(written.error());
      to_disk = written.has_value();
      if (to_disk) wrote(part.size());
    }
    const Lock lock(mutex_);
    if (to_disk && !disk_broken_) {
      on_disk_.set(run);
    } else {
      keep_in_memory(run, part);
    }
  }
  const Lock lock(mutex_);
  if (flight != nullptr) flight->next = blocks.end;
  wake_ready(flight);
}

void CachedFile::keep_in_memory(BlockRange blocks,
                                std::span<const std::byte> bytes) {
  for (std::uint64_t block = blocks.first; block < blocks.end; ++block) {
    const auto part =
        bytes.first(std::min<std::size_t>(cache_block_size, bytes.size()));
    bytes = bytes.subspan(part.size());
    const auto [at, added] = memory_.insert_or_assign(
        block, std::make_shared<const Bytes>(part.begin(), part.end()));
    if (added) memory_order_.push_back(block);
    if (memory_order_.size() <= memory_blocks_max) continue;
    memory_.erase(memory_order_.front());
    memory_order_.pop_front();
  }
}

Result<void> CachedFile::wait(Lock& lock, BlockRange blocks, Call& call,
                              const std::function<bool()>& ready) {
  Waiter waiter{blocks, ready};
  waiters_.push_back(&waiter);
  const bool there =
      waiter.woken.wait_until(lock, call.stop, call.deadline, ready);
  std::erase(waiters_, &waiter);
  if (there) return {};
  return call.stop.stop_requested() ? fail(EINTR) : fail(ETIMEDOUT);
}

/// Only those whose wait is over: waking a thread costs more than a copy of
/// what it waits for. `flight` learns what the others still want of it.
void CachedFile::wake_ready(Flight* flight) noexcept {
  if (flight != nullptr) flight->awaited = UINT64_MAX;
  for (Waiter* waiter : waiters_) {
    if (waiter->ready()) {
      waiter->woken.notify_one();
    } else if (flight != nullptr && waiter->blocks.first < flight->blocks.end &&
               waiter->blocks.end > flight->next) {
      (void)flight->await(waiter->blocks.end);
    }
  }
}

}  // namespace vfsrun
