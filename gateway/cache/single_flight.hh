// SPDX-License-Identifier: GPL-2.0-or-later
// One fetch, many waiters: who waits for which fetch, and when nobody does
// any more. Pure but for the stop that is asked for; guarded by the lock of
// the file that the fetches are for.
#pragma once

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

namespace vfsrun {

/// A fetch under way. It belongs to none of its waiters.
struct Flight {
  BlockRange blocks;       ///< what it brings, in this order
  std::uint64_t next = 0;  ///< the first block that has not come yet
  std::size_t wanted = 0;  ///< callers that wait for it
  bool abandoned = false;  ///< nobody does any more: it is being stopped
  bool done = false;
  std::optional<Error> error;  ///< why it ended early; set with `done`
  std::stop_source stop;

  /// True when waiting for it may bring `block`.
  [[nodiscard]] bool will_bring(std::uint64_t block) const noexcept {
    return !done && !abandoned && block >= next && block < blocks.end;
  }
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
