// SPDX-License-Identifier: GPL-2.0-or-later
// Files of ssh servers, read and written in place. Thread-safe; holds no lock
// while it waits. Knows nothing of libssh2 and of packets.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>

#include "backends/backend.hh"
#include "backends/live_tree.hh"
#include "backends/sftp/login.hh"
#include "backends/sftp/paths.hh"
#include "backends/sftp/remote.hh"
#include "backends/sftp/replies.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/shared_counters.hh"

namespace vfsrun {

class SftpBackend final : public Backend, public LiveTree {
 public:
  /// EINVAL with a sentence where the mount's url cannot be used. `counters`
  /// must outlive the backend.
  static Result<std::unique_ptr<Backend>> create(const Mount& mount,
                                                 SharedCounters& counters);
  /// The same over channels of another kind, for tests. Of `pool` counts what
  /// the mount does not say.
  using Transport = std::function<sftp::OpenChannel(sftp::LoginContext)>;
  static Result<std::unique_ptr<Backend>> create(const Mount& mount,
                                                 SharedCounters& counters,
                                                 Transport transport,
                                                 sftp::Pool::Settings pool);

  /// Of the file itself, no link is followed. What is neither file, directory
  /// nor link is an empty file that cannot be opened.
  Result<Probe> stat(const VPath& path, const Attr* known, Call& call) override;
  /// With all attributes. "/" of a {host} mount lists the hosts that have
  /// answered so far.
  Result<DirListing> list(const VPath& path, Call& call) override;
  Result<void> read(const VPath& path, ByteRange range, const Version& expected,
                    const ByteSink& sink, Call& call) override;
  Result<Attr> read_whole(const VPath& path, const ByteSink& sink,
                          Call& call) override;

  [[nodiscard]] bool directories_are_implied() const noexcept override {
    return false;
  }

  [[nodiscard]] LiveTree* live() noexcept override { return this; }

  Result<std::unique_ptr<LiveFile>> open(const VPath& path, OpenMode how,
                                         mode_t mode, Call& call) override;
  Result<void> change(const VPath& path, const AttrChange& change,
                      Call& call) override;
  Result<void> make_directory(const VPath& path, mode_t mode,
                              Call& call) override;
  Result<void> remove(const VPath& path, Kind kind, Call& call) override;
  Result<void> rename(const VPath& from, const VPath& to, Over over,
                      Call& call) override;
  Result<std::string> link_target(const VPath& path, Call& call) override;
  Result<void> make_link(const VPath& path, const std::string& target,
                         Call& call) override;
  Result<void> make_hard_link(const VPath& from, const VPath& to,
                              Call& call) override;
  Result<StoreSpace> space(const VPath& path, Call& call) override;

 private:
  /// A path and the host that it lies on.
  struct Spot {
    std::shared_ptr<sftp::Remote> remote;
    std::string name;  ///< of the host, as it was given
    std::string path;  ///< as the server takes it
  };

  SftpBackend(sftp::Paths paths, const Mount& mount, SharedCounters& counters,
              Transport transport, sftp::Pool::Settings pool)
      : paths_(std::move(paths)),
        mount_(mount),
        counters_(&counters),
        transport_(std::move(transport)),
        pool_(std::move(pool)) {}

  /// ENOENT for what cannot be a host, EISDIR for the list of hosts.
  Result<Spot> spot(const VPath& path);
  /// EXDEV where the two lie on different hosts.
  Result<std::pair<Spot, Spot>> two_spots(const VPath& from, const VPath& to);
  std::shared_ptr<sftp::Remote> remote_of(const sftp::HostName& host);
  template <class Ask>
  auto ask(const Spot& spot, sftp::Repeat repeat, const Call& call, Ask what)
      -> decltype(what(std::shared_ptr<sftp::Connection>()));
  std::vector<DirEntry> entries_of(const Spot& spot,
                                   const std::vector<sftp::Name>& names,
                                   const sftp::RemoteUser& own);
  void remember_special(const Spot& spot, const std::string& path,
                        const sftp::FileAttributes& attributes);

  sftp::Paths paths_;
  Mount mount_;
  SharedCounters* counters_;
  Transport transport_;
  sftp::Pool::Settings pool_;
  Guarded<std::map<sftp::HostName, std::shared_ptr<sftp::Remote>>> remotes_;
  Guarded<std::set<std::string>> answered_hosts_;
  /// Opening one of these could hang the server.
  Guarded<std::unordered_set<std::string>> special_;
};

}  // namespace vfsrun
