// SPDX-License-Identifier: GPL-2.0-or-later
// One version of one file, partly or wholly on local disk. Thread-safe. Knows
// nothing of backends: whoever reads brings the Fetch.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "backends/backend.hh"
#include "gateway/base/call.hh"
#include "gateway/base/result.hh"
#include "gateway/cache/block_map.hh"
#include "gateway/cache/cached_file_store.hh"
#include "gateway/cache/file_bytes.hh"
#include "gateway/cache/mapped_windows.hh"
#include "gateway/cache/single_flight.hh"
#include "gateway/cache/single_flight_threads.hh"

namespace vfsrun {

/// What a file asks of the cache that it belongs to. Called from any thread,
/// without a lock of the file's.
class CachedFileOwner {
 public:
  virtual ~CachedFileOwner() = default;
  /// False while there is no room on disk.
  virtual bool may_write() noexcept = 0;
  virtual void wrote(std::uint64_t bytes) noexcept = 0;
  /// The disk failed; what it was to hold stays in memory for a while.
  virtual void disk_failed(const Error& error) noexcept = 0;
};

class CachedFile : public std::enable_shared_from_this<CachedFile> {
 public:
  /// Streams exactly the given range to the sink, in order; fewer bytes are
  /// an error. It runs on a thread of the cache's own and may outlive the
  /// call that brought it, so it must own whatever it captures. Its Call has
  /// the priority and client of the caller that started it, no deadline, and
  /// is asked to stop as soon as nobody waits for it any more.
  using Fetch = std::function<Result<void>(ByteRange, const ByteSink&, Call&)>;

  /// What is kept when the disk takes nothing: enough for the reads in
  /// flight.
  static constexpr std::uint64_t memory_max = 4ULL * 1024 * 1024;

  using Closed = std::function<void(const BlockStore&, std::uint64_t)>;

  /// For ContentCache. `closed` is called at the end, from whatever thread
  /// drops the last pointer, with the bytes that this process wrote.
  CachedFile(BlockStore store, std::uint64_t size, CachedFileOwner& owner,
             FlightThreads& threads, Closed closed);
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;
  ~CachedFile();

  /// Bytes from `offset` into `out`; short only at end of file. Missing
  /// blocks are fetched, adjacent ones in one go; callers that miss the same
  /// block share one fetch, and each returns as soon as its own bytes are
  /// there. EINTR when `call.stop` is asked for, ETIMEDOUT past its deadline,
  /// else the fetch's own error. A failing cache disk is no error.
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out,
                           const Fetch& fetch, Call& call);

  /// The same, with the bytes where they lie if that is cheaper than copying
  /// them to `room`.
  Result<FileBytes> read_in_place(std::uint64_t offset,
                                  std::span<std::byte> room, const Fetch& fetch,
                                  Call& call);

  /// The same without handing the bytes out, waiting until all are there.
  /// What lies beyond the end of the file is left out.
  Result<void> load(ByteRange range, const Fetch& fetch, Call& call);

  /// Fetches that somebody wants without waiting for them. Letting go stops
  /// those that nobody else waits for.
  class Loading {
   public:
    Loading(std::shared_ptr<CachedFile> file,
            std::vector<FlightPtr> flights) noexcept
        : file_(std::move(file)), flights_(std::move(flights)) {}

    Loading(Loading&&) noexcept = default;
    Loading& operator=(Loading&& other) noexcept;
    Loading(const Loading&) = delete;
    Loading& operator=(const Loading&) = delete;
    ~Loading();

    /// Nothing is on its way any more.
    [[nodiscard]] bool done() const;

   private:
    std::shared_ptr<CachedFile> file_;
    std::vector<FlightPtr> flights_;
  };

  /// Sees to it that what is missing of `range` is on its way, with the
  /// priority of `call`; does not wait and reads no data. What lies beyond
  /// the end of the file is left out.
  [[nodiscard]] Loading start_loading(ByteRange range, const Fetch& fetch,
                                      const Call& call);

  /// Puts in bytes that came by another way, such as with the metadata. Only
  /// whole blocks are taken, and the last one up to the end of the file.
  void store(std::uint64_t offset, std::span<const std::byte> bytes);

  /// True when read() of all of `range` would need no fetch. Bytes beyond the
  /// end of the file count as held. May read the range from disk, once.
  [[nodiscard]] bool holds(ByteRange range);

  /// The same without reading data: what lies on disk is not verified, so a
  /// read may still have to fetch.
  [[nodiscard]] bool probably_holds(ByteRange range);

  /// How many bytes make sense to load before they are read.
  [[nodiscard]] std::uint64_t room_ahead();

  /// In bytes; fixed, but for a file that is still growing.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// For a file from ContentCache::open_growing() only, by one thread: the
  /// next bytes of a body of unknown length. ENOSPC when the disk has no room.
  Result<void> append(std::span<const std::byte> bytes);

  /// Asks every fetch to stop; for the end of the cache.
  void stop_flights() noexcept;

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Bytes = std::vector<std::byte>;

  [[nodiscard]] ByteRange clamp(std::uint64_t offset,
                                std::uint64_t size) const noexcept;
  void trust_disk(BlockRange blocks);
  [[nodiscard]] bool all_coming(BlockRange blocks) const noexcept;
  Result<void> bring(Lock& lock, BlockRange blocks, const Fetch& fetch,
                     Call& call, WantedFlights& wanted);
  void join_or_start(BlockRange blocks, const Fetch& fetch, const Call& call,
                     WantedFlights& wanted);
  FlightPtr start(BlockRange blocks, const Fetch& fetch, const Call& call);
  void fly(const FlightPtr& flight, const Fetch& fetch, Call call);
  bool put_what_has_come(Lock& lock, BlockRange blocks,
                         const WantedFlights& wanted);
  void wrote(std::uint64_t bytes) noexcept;
  void put(BlockRange blocks, std::span<const std::byte> bytes, Flight* flight);
  void keep_in_memory(BlockRange blocks, std::span<const std::byte> bytes);
  void leave_disk() noexcept;
  [[nodiscard]] std::vector<BlockRange> absent(BlockRange blocks);
  [[nodiscard]] Result<void> check(const WantedFlights& wanted,
                                   BlockRange blocks) const;
  [[nodiscard]] bool at_hand(std::uint64_t block) const;
  [[nodiscard]] std::uint64_t first_absent(BlockRange blocks) const;
  std::size_t copy_out(Lock& lock, std::uint64_t offset,
                       std::span<std::byte> out);
  Result<void> wait(Lock& lock, BlockRange blocks, Call& call,
                    const std::function<bool()>& ready);
  void wake_ready(Flight* flight) noexcept;

  /// Somebody who sleeps until `ready`, for the sake of `blocks`.
  struct Waiter {
    BlockRange blocks;
    const std::function<bool()>& ready;
    std::condition_variable_any woken{};
  };

  std::atomic<std::uint64_t> size_;
  CachedFileOwner& owner_;
  FlightThreads& threads_;
  Closed closed_;
  BlockStore store_;  // thread-safe as it is used here
  MappedWindows windows_;
  std::atomic<std::uint64_t> written_{0};

  std::mutex writing_;  // before mutex_: one writer of blocks at a time
  std::mutex mutex_;
  std::vector<Waiter*> waiters_;
  BlockMap on_disk_;  // written or verified by this process
  bool disk_broken_ = false;
  std::map<std::uint64_t, std::shared_ptr<const Bytes>> memory_;
  std::deque<std::uint64_t> memory_order_;
  std::vector<FlightPtr> flights_;
};

}  // namespace vfsrun
