// SPDX-License-Identifier: GPL-2.0-or-later
// The only list of backends: which scheme of a url is served by what.
// Used by one thread at a time; the backends it makes are thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hh"
#include "backends/curl/engine.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/shared_counters.hh"

namespace vfsrun {

/// What backends share. Must outlive the backends made with it; threads are
/// started with the first backend that needs one.
class BackendContext {
 public:
  explicit BackendContext(
      SharedCounters& counters,
      curl::EngineOptions options = curl::EngineOptions::from_environment())
      : counters_(&counters), engine_options_(std::move(options)) {}

  [[nodiscard]] SharedCounters& counters() const noexcept { return *counters_; }

  /// Whose connections a request uses.
  enum class Identity : std::uint8_t {
    mount,   ///< for the mount's own server: certificates, logins
    nobody,  ///< for where that server points
  };

  /// Started when first asked for. Mounts with secrets have one each, since
  /// a connection may carry an identity; the others share what they can.
  Result<curl::Engine*> engine(const Mount& mount, Identity identity);

 private:
  SharedCounters* counters_;
  curl::EngineOptions engine_options_;
  std::map<std::string, std::unique_ptr<curl::Engine>> engines_;
};

/// EINVAL with a sentence for an unknown scheme or a url that the backend
/// cannot use.
Result<std::unique_ptr<Backend>> make_backend(const Mount& mount,
                                              BackendContext& context);

/// The schemes that make_backend knows, sorted, for messages.
std::vector<std::string> backend_schemes();

}  // namespace vfsrun
