// SPDX-License-Identifier: GPL-2.0-or-later
// Names of files below a mount ↔ paths on a server, and what a symlink of the
// server's may point to. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sftp/host_name.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun::sftp {

/// A path as the server takes it: from its root or from the home directory.
struct RemotePath {
  bool from_home = false;
  std::string path;  ///< empty or "/a/b"

  /// What is sent: "/a/b", or "a/b" and "." from the home directory.
  [[nodiscard]] std::string str() const;
  [[nodiscard]] std::string absolute(const std::string& home) const;
};

struct Target {
  std::optional<HostName> host;  ///< none: the list of hosts
  RemotePath path;
};

/// The mapping of one mount.
class Paths {
 public:
  /// EINVAL with a sentence where the url cannot be a mount's.
  static Result<Paths> parse(const Mount& mount);

  /// ENOENT where the first component below a {host} mount cannot be a host.
  [[nodiscard]] Result<Target> target(const VPath& path) const;

  /// What the mount shows of a server, all of it.
  [[nodiscard]] const RemotePath& top() const noexcept { return base_; }

  /// What a program sees as the target of the link at `link`: unchanged where
  /// that stays in the mount anyway, else by way of the mount's top. EPERM
  /// where it leads outside; EAGAIN where only the server can tell (a ".."
  /// behind a name): then ask for its real path and try with that.
  /// `aliases`: other names of the mount's top on the server.
  [[nodiscard]] Result<std::string> shown_link(
      const VPath& link, std::string_view target, const std::string& home,
      const std::vector<std::string>& aliases = {}) const;

  /// What to store on the server for a link to `target`: paths below this
  /// mount are the server's own.
  [[nodiscard]] std::string stored_link(const VPath& link,
                                        const std::string& target,
                                        const std::string& home) const;

 private:
  [[nodiscard]] RemotePath remote(std::string_view below) const;

  /// Components of VPath that stand for the top of one server.
  [[nodiscard]] std::size_t top_depth() const { return host_ ? 0 : 1; }

  VPath mount_path_;
  std::optional<HostName> host_;
  RemotePath base_;
};

}  // namespace vfsrun::sftp
