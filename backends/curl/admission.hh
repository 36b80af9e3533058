// SPDX-License-Identifier: GPL-2.0-or-later
// Who may have a connection now: limits per host and in all, the important
// first. Used by one thread (the engine's). Knows nothing of libcurl.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "gateway/base/call.hh"

namespace vfsrun::curl {

/// A queue of tickets. A few connections of each host are kept from
/// prefetches, and fewer from reads, so that a stat is not behind them.
class Admission {
 public:
  using Ticket = std::uint64_t;

  Admission(std::size_t per_host, std::size_t in_all)
      : per_host_(per_host), in_all_(in_all) {}

  void enqueue(Ticket ticket, const std::string& host, Priority priority);
  /// A prefetch that waits goes behind the foreground reads; others stay where
  /// they are.
  void hurry(Ticket ticket);
  /// The next one that may start; it then counts as running.
  std::optional<Ticket> next();
  /// Takes a ticket out, wherever it is; unknown ones are ignored.
  void remove(Ticket ticket);

  [[nodiscard]] std::size_t running() const noexcept { return running_; }

 private:
  struct Waiting {
    Ticket ticket;
    std::string host;
  };

  [[nodiscard]] bool has_room(const std::string& host, Priority priority) const;

  std::size_t per_host_;
  std::size_t in_all_;
  std::size_t running_ = 0;
  std::array<std::deque<Waiting>, 3> waiting_;  ///< by Priority
  std::map<std::string, std::size_t> running_by_host_;
  std::map<Ticket, std::string> host_of_running_;
};

}  // namespace vfsrun::curl
