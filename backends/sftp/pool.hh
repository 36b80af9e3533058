// SPDX-License-Identifier: GPL-2.0-or-later
// The connections to one host: one to begin with, more while those there are
// have much to carry, a new one where one broke. Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/sftp/connection.hh"
#include "gateway/base/call.hh"

namespace vfsrun::sftp {

class Pool {
 public:
  struct Settings {
    std::string label;  ///< begins every message
    OpenChannel open;
    Timeouts timeouts;
    unsigned most = 3;  ///< connections
    /// After a first failed try to connect nobody tries again for so long.
    std::chrono::milliseconds first_pause{500};
  };

  explicit Pool(Settings settings) : settings_(std::move(settings)) {}

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Ends all connections.
  ~Pool();

  /// Whether a server that is away is waited for.
  enum class Away : std::uint8_t {
    fail,  ///< while it is known to be away, at once
    wait,  ///< it was there a moment ago: as long as a stall may last
  };

  /// The connection with the least to carry. Failures to connect are logged
  /// here, once each.
  Result<std::shared_ptr<Connection>> get(Away away, const Call& call);

 private:
  using Clock = std::chrono::steady_clock;

  Result<std::shared_ptr<Connection>> try_get(const Call& call);
  Result<std::shared_ptr<Connection>> choose();
  void drop_ended();

  Settings settings_;
  std::mutex mutex_;
  // Guarded by mutex_; so is drop_ended().
  std::vector<std::shared_ptr<Connection>> connections_;
  std::optional<Error> failure_;
  Clock::time_point retry_at_;
  Clock::duration pause_{};
};

}  // namespace vfsrun::sftp
