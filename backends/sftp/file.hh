// SPDX-License-Identifier: GPL-2.0-or-later
// One file held open on a server, as the gateway uses it. Any thread.
#pragma once

#include <memory>
#include <string>

#include "backends/live_tree.hh"
#include "backends/sftp/file_state.hh"

namespace vfsrun::sftp {

class File final : public LiveFile {
 public:
  /// `path` as the server takes it. EEXIST, EISDIR, ENOSPC where the server
  /// merely says "failure" and a second look tells which.
  static Result<std::unique_ptr<LiveFile>> open(std::shared_ptr<Remote> remote,
                                                std::string path, OpenMode how,
                                                mode_t mode, const Call& call);

  ~File() override { state_->shut(); }

  Result<void> read(ByteRange range, const ByteSink& sink, Call& call) override;
  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes,
                     Call& call) override;
  Result<Attr> attributes(Call& call) override;
  Result<void> change(const AttrChange& change, Call& call) override;
  void start_write(std::uint64_t offset, std::span<const std::byte> bytes,
                   Done done) override;
  void start_change(const AttrChange& change, Done done) override;
  Result<void> sync(Call& call) override;
  Result<void> close(Call& call) override;

 private:
  explicit File(std::shared_ptr<FileState> state) : state_(std::move(state)) {}

  std::shared_ptr<FileState> state_;
};

}  // namespace vfsrun::sftp
