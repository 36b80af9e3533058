// SPDX-License-Identifier: GPL-2.0-or-later
// Files of http and https servers: ranged GETs, validators, index pages.
// Thread-safe; holds no lock while it waits. Knows nothing of libcurl.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "backends/backend.hh"
#include "backends/curl/engine.hh"
#include "backends/http_fetch.hh"
#include "backends/http_url.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/mount_table.hh"

namespace vfsrun {

class HttpBackend final : public Backend {
 public:
  /// EINVAL with a sentence where the mount's url cannot be used. `engines`
  /// and `counters` must outlive the backend.
  static Result<std::unique_ptr<Backend>> create(const Mount& mount,
                                                 const HttpEngines& engines,
                                                 SharedCounters& counters);

  /// One ranged GET, which brings up to 64 KiB of head. A redirect to the
  /// path's own name + "/" is a directory; roots of hosts are directories
  /// without a question.
  Result<Probe> stat(const VPath& path, const Attr* known, Call& call) override;
  /// A HEAD; a GET as stat() does where HEAD is refused or tells too little,
  /// and from then on with that server.
  Result<Attr> attributes(const VPath& path, const Attr* known,
                          Call& call) override;
  /// What an index page names; ENOSYS where the answer is some other page.
  /// "/" of a {host} mount lists the hosts that have answered so far.
  Result<DirListing> list(const VPath& path, Call& call) override;
  Result<void> read(const VPath& path, ByteRange range, const Version& expected,
                    const ByteSink& sink, Call& call) override;
  Result<Attr> read_whole(const VPath& path, const ByteSink& sink,
                          Call& call) override;

  /// Each has a connection of its own, which on long or metered lines is
  /// what limits the rate.
  [[nodiscard]] std::size_t useful_reads() const noexcept override { return 8; }

  [[nodiscard]] bool directories_are_implied() const noexcept override {
    return true;
  }

 private:
  HttpBackend(HttpUrls urls, const Mount& mount, const HttpEngines& engines,
              SharedCounters& counters);

  Result<std::optional<Attr>> ask_head(const HttpTarget& target,
                                       const Attr* known, Call& call);
  Result<FetchEnd> fetch(const HttpTarget& target, FetchJob& job, Call& call);
  Result<DirListing> list_page(const HttpTarget& target, Call& call);

  HttpUrls urls_;
  mode_t file_mode_;
  SharedCounters* counters_;
  HttpFetcher fetcher_;
  Guarded<std::set<std::string>> answered_hosts_;
  /// Origins where a GET succeeded after a HEAD did not.
  Guarded<std::set<std::string>> without_head_;
};

}  // namespace vfsrun
