// SPDX-License-Identifier: GPL-2.0-or-later
// The one thread that owns libcurl's multi handle: connections, their reuse
// and their number. Any thread may call perform(), which blocks its caller.
// Knows nothing of retries, redirects or what a status means.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/curl/exchange.hh"
#include "gateway/base/call.hh"
#include "gateway/base/result.hh"
#include "gateway/base/shared_counters.hh"

namespace vfsrun::curl {

struct EngineOptions {
  std::size_t connections_per_host = 16;
  std::size_t connections = 512;  ///< of all hosts together
  /// Nothing: http_proxy, https_proxy, all_proxy and no_proxy of the
  /// environment decide; empty: no proxy.
  std::optional<std::string> proxy;
  std::string ca_file;      ///< empty: the system's
  std::string client_cert;  ///< PEM file; empty: none
  std::string client_key;   ///< PEM file; empty: in client_cert

  /// CURL_CA_BUNDLE or SSL_CERT_FILE name the CA file, as for curl(1).
  static EngineOptions from_environment();
};

class Engine {
 public:
  /// Starts the thread. `counters` must outlive the engine.
  static Result<std::unique_ptr<Engine>> create(SharedCounters& counters,
                                                const EngineOptions& options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  /// Ends what still runs with EIO and joins the thread.
  ~Engine();

  /// Sends `request` and feeds `sink` until the response is complete, the
  /// sink ends it, `call` is stopped (EINTR, at once) or its deadline passes
  /// (ETIMEDOUT). When connections are short, metadata goes before
  /// foreground before prefetch, and a prefetch whose call is told to hurry
  /// is foreground from then on. Any status is success here.
  Outcome perform(const Request& request, ResponseSink& sink, Call& call);

 private:
  class Loop;

  explicit Engine(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace vfsrun::curl
