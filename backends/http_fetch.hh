// SPDX-License-Identifier: GPL-2.0-or-later
// One GET to its end: redirects followed by our own rules, broken transfers
// repeated, statuses turned into errors. Thread-safe. Does not log failures:
// the backend does, once.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "backends/curl/engine.hh"
#include "backends/curl/exchange.hh"
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

  /// Bytes that need not be asked for again; grows with progress.
  [[nodiscard]] virtual std::uint64_t kept() const { return 0; }

  /// False once a repeat would give the sink bytes a second time.
  [[nodiscard]] virtual bool repeatable() const { return true; }
};

struct FetchEnd {
  curl::ResponseHead head;
  std::string url;  ///< of the response, after redirects
};

class HttpFetcher {
 public:
  HttpFetcher(curl::Engine& engine, HttpOptions options, std::string username,
              std::string password);

  /// Runs `job` on `url`. EISDIR for a redirect to url + "/". `answered` is
  /// called when the first server has sent any response.
  Result<FetchEnd> run(const std::string& url, FetchJob& job, Call& call,
                       const std::function<void()>& answered) const;

 private:
  struct Attempt;

  Attempt attempt(const std::string& url, FetchJob& job, Call& call,
                  const std::function<void()>& answered) const;
  [[nodiscard]] curl::Request request_for(const std::string& url,
                                          const std::string& first_url,
                                          FetchJob& job) const;

  curl::Engine* engine_;
  HttpOptions options_;
  std::string username_;
  std::string password_;
};

}  // namespace vfsrun
