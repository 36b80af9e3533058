// SPDX-License-Identifier: GPL-2.0-or-later
// Which virtual path shows which remote tree, and how: the immutable value
// that mounts.d files are parsed into. Knows nothing of TOML.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/secrets.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun {

enum class Access : std::uint8_t { read_only, read_write };

struct CacheOptions {
  /// How long metadata is believed without asking the server, where the
  /// server itself does not say.
  std::chrono::milliseconds max_age = std::chrono::seconds(5);
  /// The user said so: then it counts whatever the server says.
  bool max_age_given = false;
  /// What is there never changes: nothing is asked for a second time.
  bool immutable = false;
  /// Bytes are kept on disk for later runs.
  bool disk = true;

  bool operator==(const CacheOptions&) const = default;
};

struct HttpOptions {
  std::map<std::string, std::string> headers;  ///< sent with every request
  mode_t file_mode = 0555;                     ///< permission bits of files
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// No byte for this long while a transfer runs: it has failed.
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
  std::string user;       ///< of basic authentication (RFC 7617)
  SecretSource password;  ///< for `user`; none: netrc's
  SecretSource token;     ///< of bearer authentication (RFC 6750)
  /// Look into netrc. Unset: by https only.
  std::optional<bool> netrc;
  std::string client_cert;  ///< PEM file, for TLS
  std::string client_key;   ///< PEM file; empty: in client_cert
  std::string ca_file;      ///< PEM file instead of the system's
  /// "none" or a url; empty: as the environment says.
  std::string proxy;
  unsigned connections = 16;  ///< to one host at most

  bool operator==(const HttpOptions&) const = default;
};

struct SftpOptions {
  enum class Transport : std::uint8_t {
    automatic,  ///< libssh2, or ssh where libssh2 cannot
    libssh2,
    ssh,
  };
  Transport transport = Transport::automatic;
  std::string user;          ///< empty: as ssh says
  std::string identity;      ///< the one key file; empty: as ssh says
  std::string known_hosts;   ///< instead of ssh's own file of the user
  std::string config;        ///< instead of ~/.ssh/config (ssh -F)
  SecretSource password;     ///< none: keys only
  unsigned connections = 3;  ///< to one host at most
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(15);
  /// No byte for this long while an answer is due: the connection is lost.
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);

  bool operator==(const SftpOptions&) const = default;
};

/// One mount. `{host}` in the url stands for the first component below path,
/// a host[:port].
struct Mount {
  VPath path;
  std::string url;
  Access access = Access::read_only;
  CacheOptions cache;
  HttpOptions http;
  SftpOptions sftp;
  std::string source;  ///< the file or option that made it, for messages

  [[nodiscard]] bool has_host_template() const {
    return url.find("{host}") != std::string::npos;
  }

  [[nodiscard]] std::string scheme() const {
    return url.substr(0, url.find("://"));
  }

  bool operator==(const Mount&) const = default;
};

/// All mounts of one run.
class MountTable {
 public:
  MountTable() = default;
  explicit MountTable(std::vector<Mount> mounts);

  [[nodiscard]] const std::vector<Mount>& mounts() const noexcept {
    return mounts_;
  }

  /// The mount that `path` lies in (longest prefix wins), or null.
  [[nodiscard]] const Mount* find(const VPath& path) const noexcept;
  /// True when some mount lies strictly below `path`: such a path is a
  /// directory even though no mount holds it.
  [[nodiscard]] bool leads_to_mount(const VPath& path) const noexcept;
  /// Names that mounts add directly below `path`, each once, sorted.
  [[nodiscard]] std::vector<std::string> names_below(const VPath& path) const;

  bool operator==(const MountTable&) const = default;

 private:
  std::vector<Mount> mounts_;
};

}  // namespace vfsrun
