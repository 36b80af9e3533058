// SPDX-License-Identifier: GPL-2.0-or-later
// Names of files ↔ URLs, both ways. Pure; any thread. The rules stand in
// backends/README.md. Knows nothing of servers.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun {

/// "path" or "path?query" of file names → the same, legal in a URL.
std::string encode_url_path(std::string_view path);

/// One decoded segment of a URL's path → the name that encode_url_path()
/// turns into it again.
std::string name_from_segment(std::string_view decoded);

/// True for host[:port] with a DNS name, an IPv4 or a [IPv6] address.
bool valid_authority(std::string_view authority);

/// What a path of the mount stands for.
struct HttpTarget {
  std::string url;    ///< empty: the list of hosts of a {host} mount
  std::string host;   ///< the path's first component in a {host} mount
  bool root = false;  ///< the top of what the mount or the host shows
};

/// The mapping of one mount.
class HttpUrls {
 public:
  /// EINVAL with a sentence where the url cannot be a mount's.
  static Result<HttpUrls> parse(const Mount& mount);

  /// ENOENT where the first component below a {host} mount cannot be a host.
  [[nodiscard]] Result<HttpTarget> file(const VPath& path) const;
  /// The same with a '/' at the end of the path.
  [[nodiscard]] Result<HttpTarget> directory(const VPath& path) const;

  [[nodiscard]] const std::string& username() const noexcept {
    return username_;
  }

  [[nodiscard]] const std::string& password() const noexcept {
    return password_;
  }

 private:
  HttpUrls() = default;

  [[nodiscard]] Result<HttpTarget> target(const VPath& path,
                                          bool directory) const;

  std::string scheme_;
  std::string authority_;  ///< may hold {host}
  std::string base_path_;  ///< encoded; empty or "/a/b"
  std::string username_;
  std::string password_;
  bool has_template_ = false;
};

}  // namespace vfsrun
