// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cached_file.hh"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vfsrun {

CachedFile::CachedFile(BlockStore store, std::uint64_t size,
                       CachedFileOwner& owner, FlightThreads& threads,
                       Closed closed)
    : size_(size),
      owner_(owner),
      threads_(threads),
      closed_(std::move(closed)),
      store_(std::move(store)) {}

CachedFile::~CachedFile() {
  if (closed_) closed_(store_, written_);
}

Result<std::size_t> CachedFile::read(std::uint64_t offset,
                                     std::span<std::byte> out,
                                     const Fetch& fetch, Call& call) {
  const ByteRange range = clamp(offset, out.size());
  if (range.size == 0) return 0;
  out = out.first(range.size);
  trust_disk(blocks_touched(range));
  Lock lock(mutex_);
  WantedFlights wanted(lock);
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t copied =
        copy_out(lock, range.offset + done, out.subspan(done));
    done += copied;
    if (copied != 0) continue;
    const BlockRange rest =
        blocks_touched({range.offset + done, range.size - done});
    TRY(bring(lock, rest, fetch, call, wanted));
  }
  return done;
}

Result<FileBytes> CachedFile::read_in_place(std::uint64_t offset,
                                            std::span<std::byte> room,
                                            const Fetch& fetch, Call& call) {
  const ByteRange range = clamp(offset, room.size());
  const BlockRange blocks = blocks_touched(range);
  if (range.size >= MappedWindows::smallest_view &&
      range.size <= memory_max / 4) {
    trust_disk(blocks);
    Lock lock(mutex_);
    WantedFlights wanted(lock);
    for (std::uint64_t absent = first_absent(blocks); absent < blocks.end;
         absent = first_absent(blocks))
      TRY(bring(lock, {absent, blocks.end}, fetch, call, wanted));
    if (on_disk_.has_all(blocks)) {
      if (auto view = store_.view(range, windows_)) return *std::move(view);
    }
  }
  const std::size_t size = TRY(read(offset, room, fetch, call));
  return FileBytes{room.first(size), nullptr};
}

/// Waits for some of `blocks`, of which the first is not at hand. The caller
/// looks again what is there.
Result<void> CachedFile::bring(Lock& lock, BlockRange blocks,
                               const Fetch& fetch, Call& call,
                               WantedFlights& wanted) {
  TRY(check(wanted, blocks));
  join_or_start(blocks, fetch, call, wanted);
  if (put_what_has_come(lock, blocks, wanted)) return {};
  return wait(lock, blocks, call, [&] {
    const std::uint64_t absent = first_absent(blocks);
    return absent == blocks.end || !wanted.will_bring(absent);
  });
}

Result<void> CachedFile::load(ByteRange range, const Fetch& fetch, Call& call) {
  const BlockRange blocks = blocks_touched(clamp(range.offset, range.size));
  if (blocks.empty()) return {};
  trust_disk(blocks);
  Lock lock(mutex_);
  WantedFlights wanted(lock);
  join_or_start(blocks, fetch, call, wanted);
  TRY(wait(lock, blocks, call,
           [&] { return wanted.all_done() || on_disk_.has_all(blocks); }));
  return check(wanted, blocks);
}

CachedFile::Loading CachedFile::start_loading(ByteRange range,
                                              const Fetch& fetch,
                                              const Call& call) {
  const BlockRange blocks = blocks_touched(clamp(range.offset, range.size));
  std::vector<FlightPtr> kept;
  const std::vector<BlockRange> missing = absent(blocks);
  if (!missing.empty()) {
    Lock lock(mutex_);
    WantedFlights wanted(lock);
    for (const BlockRange run : missing)
      join_or_start(run, fetch, call, wanted);
    kept = wanted.keep();
  }
  return {shared_from_this(), std::move(kept)};
}

bool CachedFile::Loading::done() const {
  if (flights_.empty()) return true;
  const Lock lock(file_->mutex_);
  return std::ranges::all_of(
      flights_, [](const FlightPtr& flight) { return flight->done; });
}

CachedFile::Loading& CachedFile::Loading::operator=(Loading&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(flights_, other.flights_);
  return *this;
}

CachedFile::Loading::~Loading() {
  if (flights_.empty()) return;
  Lock lock(file_->mutex_);
  const WantedFlights leaving(lock, std::move(flights_));
}

/// The runs of blocks that nothing is known of, nor written on disk.
std::vector<BlockRange> CachedFile::absent(BlockRange blocks) {
  std::vector<BlockRange> missing;
  bool ask_disk = false;
  {
    const Lock lock(mutex_);
    for (const BlockRange run : on_disk_.missing(blocks)) {
      for (std::uint64_t block = run.first; block < run.end; ++block) {
        if (!memory_.contains(block)) append_block(missing, block);
      }
    }
    ask_disk = !missing.empty() && store_.shared() && !disk_broken_ &&
               !all_coming(blocks);
  }
  if (!ask_disk) return missing;
  std::vector<BlockRange> absent;
  for (const BlockRange run : missing) {
    const auto unwritten = store_.unwritten(run);
    if (!unwritten) return missing;  // whoever reads will find out why
    absent.insert(absent.end(), unwritten->begin(), unwritten->end());
  }
  return absent;
}

bool CachedFile::probably_holds(ByteRange range) {
  return absent(blocks_touched(clamp(range.offset, range.size))).empty();
}

std::uint64_t CachedFile::room_ahead() {
  if (store_.usable() && owner_.may_write()) {
    const Lock lock(mutex_);
    if (!disk_broken_) return UINT64_MAX;
  }
  // Half of what is kept: the rest is for what is being read.
  return memory_max / 2;
}

void CachedFile::store(std::uint64_t offset, std::span<const std::byte> bytes) {
  const BlockRange blocks = blocks_covered({offset, bytes.size()}, size_);
  if (blocks.empty()) return;
  trust_disk(blocks);
  const ByteRange range = bytes_of(blocks, size_);
  put(blocks, bytes.subspan(range.offset - offset, range.size), nullptr);
}

bool CachedFile::holds(ByteRange range) {
  const BlockRange blocks = blocks_touched(clamp(range.offset, range.size));
  trust_disk(blocks);
  const Lock lock(mutex_);
  return first_absent(blocks) == blocks.end;
}

Result<void> CachedFile::append(std::span<const std::byte> bytes) {
  if (!owner_.may_write()) return fail_errno("cache", ENOSPC);
  TRY(store_.write_bytes(size_, bytes));
  wrote(bytes.size());
  const Lock lock(mutex_);
  // The last block is set before it is whole; reads end at size_ anyway.
  on_disk_.set(blocks_touched({size_, bytes.size()}));
  size_ += bytes.size();
  return {};
}

void CachedFile::stop_flights() noexcept {
  std::vector<FlightPtr> flights;
  {
    const Lock lock(mutex_);
    flights = flights_;
    for (const FlightPtr& flight : flights) flight->abandoned = true;
  }
  for (const FlightPtr& flight : flights) flight->stop.request_stop();
}

ByteRange CachedFile::clamp(std::uint64_t offset,
                            std::uint64_t size) const noexcept {
  const std::uint64_t end = size_;
  if (offset >= end) return {};
  return {offset, std::min(size, end - offset)};
}

/// Takes over blocks that another process wrote, or an earlier one.
void CachedFile::trust_disk(BlockRange blocks) {
  if (!store_.shared()) return;
  std::vector<BlockRange> unknown;
  {
    const Lock lock(mutex_);
    // What is being fetched was missing a moment ago.
    if (disk_broken_ || all_coming(blocks)) return;
    unknown = on_disk_.missing(blocks);
  }
  for (const BlockRange run : unknown) {
    const auto good = store_.verify(run, size_);
    if (!good) owner_.disk_failed(good.error());
    const Lock lock(mutex_);
    if (!good) leave_disk();
    if (disk_broken_) return;
    for (const BlockRange blocks_found : *good) on_disk_.set(blocks_found);
  }
}

void CachedFile::wrote(std::uint64_t bytes) noexcept {
  written_ += bytes;
  owner_.wrote(bytes);
}

/// From now on this file lives from memory and fetches.
void CachedFile::leave_disk() noexcept {
  disk_broken_ = true;
  on_disk_.clear_all();
}

Result<void> CachedFile::check(const WantedFlights& wanted,
                               BlockRange blocks) const {
  const Error* error = wanted.error_within(
      blocks, [this](std::uint64_t block) { return at_hand(block); });
  if (error != nullptr) return tl::unexpected(*error);
  return {};
}

bool CachedFile::at_hand(std::uint64_t block) const {
  return on_disk_.has(block) || memory_.contains(block);
}

/// The first block that is not at hand; `blocks.end` when all are.
std::uint64_t CachedFile::first_absent(BlockRange blocks) const {
  std::uint64_t block = on_disk_.first_missing(blocks);
  while (block < blocks.end && memory_.contains(block))
    block = on_disk_.first_missing({block + 1, blocks.end});
  return block;
}

/// Copies what is there from `offset` on, at least all bytes of a first block
/// that is at hand; 0 when that one is missing.
std::size_t CachedFile::copy_out(Lock& lock, std::uint64_t offset,
                                 std::span<std::byte> out) {
  const BlockRange blocks = blocks_touched({offset, out.size()});
  const std::uint64_t missing = on_disk_.first_missing(blocks);
  if (missing > blocks.first) {
    const std::uint64_t end = missing * cache_block_size;
    out = out.first(std::min<std::size_t>(out.size(), end - offset));
    lock.unlock();
    const auto done = store_.read(offset, out);
    if (!done) owner_.disk_failed(done.error());
    lock.lock();
    if (done) return out.size();
    leave_disk();
    return 0;
  }
  const auto block = memory_.find(blocks.first);
  if (block == memory_.end()) return 0;
  const std::span<const std::byte> from =
      std::span(*block->second).subspan(offset % cache_block_size);
  const std::size_t length = std::min(out.size(), from.size());
  std::memcpy(out.data(), from.data(), length);
  return length;
}

}  // namespace vfsrun
