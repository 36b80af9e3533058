// SPDX-License-Identifier: GPL-2.0-or-later
// One fetch, many waiters: who waits for which fetch, and when nobody does
// any more. Pure but for the stop that is asked for; guarded by the lock of
// the file that the fetches are for.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "gateway/base/result.hh"
#include "gateway/cache/block_map.hh"
#include "gateway/cache/cached_file_assembly.hh"

namespace vfsrun {

/// A fetch under way. It belongs to none of its waiters.
struct Flight {
  using Put =
      std::function<void(Flight&, BlockRange, std::span<const std::byte>)>;

  /// Whole blocks of `range`, of a file of `size` bytes, go to `put`.
  Flight(BlockRange range, std::uint64_t size, const Put& put)
      : blocks(range),
        next(range.first),
        assembly_(
            range, size,
            [this, put](BlockRange run, std::span<const std::byte> bytes) {
              put(*this, run, bytes);
            }),
        arrived_(range.first) {}

  BlockRange blocks;       ///< what it brings, in this order
  std::uint64_t next = 0;  ///< the first block that has not been put yet
  std::size_t wanted = 0;  ///< callers that wait for it
  bool abandoned = false;  ///< nobody does any more: it is being stopped
  bool done = false;
  std::optional<Error> error;  ///< why it ended early; set with `done`
  std::stop_source stop;
  std::stop_source hurry;  ///< asked for once a reader waits for it

  /// Once so many blocks have come in somebody's wait is over, and they are
  /// put at once. Written under the file's lock.
  std::atomic<std::uint64_t> awaited{UINT64_MAX};

  /// True when waiting for it may bring `block`.
  [[nodiscard]] bool will_bring(std::uint64_t block) const noexcept {
    return !done && !abandoned && block >= next && block < blocks.end;
  }

  /// Somebody waits for the blocks before `end`. True: they have come in, to
  /// be put by flush(), without the lock.
  [[nodiscard]] bool await(std::uint64_t end) noexcept {
    end = std::min(end, blocks.end);
    if (end < awaited) awaited = end;
    return arrived_ >= end && next < end;
  }

  // Where the bytes come in: without the file's lock, which put() takes.

  Result<void> take(std::span<const std::byte> bytes) {
    const std::lock_guard lock(landing_);
    TRY(assembly_.take(bytes));
    arrived_ = assembly_.arrived();
    // Either this sees what await() wrote, or that sees what has arrived.
    if (arrived_ >= awaited) assembly_.flush();
    return {};
  }

  void flush() {
    const std::lock_guard lock(landing_);
    assembly_.flush();
  }

  [[nodiscard]] Result<void> finish() const { return assembly_.finish(); }

 private:
  std::mutex landing_;
  BlockAssembly assembly_;
  std::atomic<std::uint64_t> arrived_;  ///< blocks before it have come whole
};

using FlightPtr = std::shared_ptr<Flight>;

/// The fetches that one caller waits for. Every member needs the lock that
/// it was made with; the end gives the lock up, since to ask for a stop runs
/// code of the fetch's own.
class WantedFlights {
 public:
  explicit WantedFlights(std::unique_lock<std::mutex>& lock,
                         std::vector<FlightPtr> kept = {}) noexcept
      : lock_(lock), flights_(std::move(kept)) {}

  WantedFlights(const WantedFlights&) = delete;
  WantedFlights& operator=(const WantedFlights&) = delete;
  ~WantedFlights();

  void add(const FlightPtr& flight);
  [[nodiscard]] bool will_bring(std::uint64_t block) const noexcept;
  [[nodiscard]] bool all_done() const noexcept;
  /// The one that will bring `block`; null when none does.
  [[nodiscard]] FlightPtr bringer(std::uint64_t block) const noexcept;

  /// Goes on wanting them, without waiting: to be given to another
  /// WantedFlights later.
  [[nodiscard]] std::vector<FlightPtr> keep() noexcept {
    return std::exchange(flights_, {});
  }

  /// Why a fetch failed to bring a block of `blocks` that is not `at_hand`;
  /// null when none did.
  [[nodiscard]] const Error* error_within(
      BlockRange blocks,
      const std::function<bool(std::uint64_t)>& at_hand) const;

 private:
  std::unique_lock<std::mutex>& lock_;
  std::vector<FlightPtr> flights_;
};

}  // namespace vfsrun
