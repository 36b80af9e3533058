// SPDX-License-Identifier: GPL-2.0-or-later
// One GET to its end: redirects followed by our own rules, broken transfers
// repeated, statuses turned into errors. Thread-safe. Does not log failures:
// the backend does, once.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "backends/curl/engine.hh"
#include "backends/curl/exchange.hh"
#include "backends/curl/url.hh"
#include "backends/host_health.hh"
#include "backends/http_credentials.hh"
#include "gateway/base/clock.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/mount_table.hh"

namespace vfsrun {

/// What a caller wants with the response that stands at the end of the
/// redirects. One try after the other; on the engine's thread while
/// perform() runs, else on the caller's.
class FetchJob {
 public:
  virtual ~FetchJob() = default;
  /// Header fields of the next try: "Name: value".
  virtual std::vector<std::string> headers() = 0;

  /// HEAD instead of GET.
  [[nodiscard]] virtual bool head_only() const { return false; }

  /// 2xx, 304, 412 and 416 come here; other statuses are errors before.
  virtual Result<curl::Flow> on_head(const curl::ResponseHead& head) = 0;
  virtual Result<curl::Flow> on_body(std::span<const std::byte> bytes) = 0;

  /// After a response that ended well. False: bytes are missing, ask again.
  virtual bool complete() { return true; }

  /// The answer is small, and comes with others' (Request::small).
  [[nodiscard]] virtual bool small() const { return false; }

  /// Bytes that need not be asked for again; grows with progress.
  [[nodiscard]] virtual std::uint64_t kept() const { return 0; }

  /// Part of a file whose version is known: may be asked for where a redirect
  /// led to a moment ago.
  [[nodiscard]] virtual bool is_part() const { return false; }

  /// False once a repeat would give the sink bytes a second time.
  [[nodiscard]] virtual bool repeatable() const { return true; }
};

struct FetchEnd {
  curl::ResponseHead head;
  std::string url;  ///< of the response, after redirects
  /// The first server has a public address, and may not lead to a private one.
  bool public_only = false;
};

/// Whose connections are used: see BackendContext::Identity.
struct HttpEngines {
  HttpEngines(curl::Engine& one) : own(&one), others(&one) {}

  HttpEngines(curl::Engine* for_own, curl::Engine* for_others)
      : own(for_own), others(for_others) {}

  curl::Engine* own;
  curl::Engine* others;
};

class HttpFetcher {
 public:
  HttpFetcher(const HttpEngines& engines, const HttpOptions& options);

  /// Runs `job` on `url`. EISDIR for a redirect to url + "/". `answered` is
  /// called when the first server has sent any response.
  Result<FetchEnd> run(const std::string& url, FetchJob& job, Call& call,
                       const std::function<void()>& answered);

 private:
  struct Attempt;

  Attempt attempt(const std::string& url, FetchJob& job, Call& call,
                  const std::function<void()>& answered, bool& connected);
  Attempt ask_healthy(const std::string& url, FetchJob& job, Call& call,
                      const std::function<void()>& answered);
  curl::Outcome ask_once(const FetchEnd& at, const curl::UrlParts& first,
                         FetchJob& job, curl::ResponseSink& sink, Call& call);
  [[nodiscard]] FetchEnd start_of(const std::string& url, const FetchJob& job);
  void remember(const std::string& url, const FetchEnd& end);

  struct Redirected {
    std::string url;
    bool public_only;
    Clock::TimePoint until;
  };

  HttpEngines engines_;
  HttpOptions options_;
  HttpCredentials credentials_;
  SteadyClock clock_;
  HostHealth health_{clock_};
  Guarded<std::map<std::string, Redirected>> redirected_;
};

}  // namespace vfsrun
