// SPDX-License-Identifier: GPL-2.0-or-later
// A store in memory that is changed in place, behind a FakeServer. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.hh"
#include "backends/live_tree.hh"
#include "tests/support/fake_server.hh"

namespace vfsrun::test {

class FakeLiveBackend final : public Backend, public LiveTree {
 public:
  // What others do on the server.
  void put(const std::string& path, std::string content);
  void put_directory(const std::string& path);
  void put_mode(const std::string& path, mode_t mode);
  void erase(const std::string& path);
  [[nodiscard]] std::optional<std::string> content(const std::string& path);
  [[nodiscard]] std::optional<mode_t> mode(const std::string& path);
  /// The server's clock, in seconds; changes are made at this time.
  void set_time(std::time_t now);

  /// Counts ("write", "open", …), fails and stands still.
  [[nodiscard]] FakeServer& server() { return server_; }

  [[nodiscard]] int count(const std::string& request) {
    return server_.count(request);
  }

  [[nodiscard]] int open_files() const { return open_files_; }

  Result<Probe> stat(const VPath& path, const Attr* known, Call& call) override;
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
  class File;

  struct Inode {
    Attr attr;
    std::string content;  // or a symlink's target
  };

  using InodePtr = std::shared_ptr<Inode>;

  /// Runs `work` on the server's thread, with the store locked.
  template <class T>
  Result<T> ask(const std::string& request, Call& call,
                std::function<Result<T>()> work);
  Result<InodePtr> at(const VPath& path);
  Result<void> parent_exists(const VPath& path);
  void apply(Inode& inode, const AttrChange& change) const;
  void touch(Inode& inode) const;
  InodePtr make(Kind kind, mode_t mode) const;

  std::atomic<int> open_files_{0};
  std::mutex mutex_;
  std::map<VPath, InodePtr> tree_;
  std::time_t now_ = 1'600'000'000;
  FakeServer server_;
};

}  // namespace vfsrun::test
