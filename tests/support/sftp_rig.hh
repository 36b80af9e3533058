// SPDX-License-Identifier: GPL-2.0-or-later
// An SftpBackend over real sftp-servers, and a local folder that they serve.
#pragma once

#include <memory>
#include <string>

#include "backends/sftp/sftp.hh"
#include "tests/support/sftp_server.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun::test {

struct SftpRig {
  explicit SftpRig(std::chrono::milliseconds stall = std::chrono::seconds(60)) {
    mount.path = VPath::parse("/sftp").value();
    mount.url = "sftp://{host}/";
    mount.access = Access::read_write;
    mount.sftp.stall_timeout = stall;
    sftp::Pool::Settings pool;
    pool.first_pause = std::chrono::milliseconds(10);
    backend =
        SftpBackend::create(
            mount, counters,
            [this](const sftp::LoginContext&) { return servers.opener(); },
            pool)
            .value();
    tree = backend->live();
  }

  /// The path of a file in the folder, as the mount has it.
  [[nodiscard]] VPath at(const std::string& name) const {
    return VPath::parse("/box" + folder.path().string() + "/" + name).value();
  }

  [[nodiscard]] std::string local(const std::string& name) const {
    return (folder.path() / name).string();
  }

  std::unique_ptr<LiveFile> open(const std::string& name, OpenMode how) {
    return tree->open(at(name), how, 0644, call).value();
  }

  /// All of a file, by its handle.
  Result<std::string> read(LiveFile& file, ByteRange range = {0, 1 << 30}) {
    std::string text;
    Call own;
    const Result<void> done = file.read(
        range,
        [&](std::span<const std::byte> bytes) -> Result<void> {
          text.append(reinterpret_cast<const char*>(bytes.data()),
                      bytes.size());
          return {};
        },
        own);
    if (!done) return tl::unexpected(done.error());
    return text;
  }

  [[nodiscard]] std::string local_text(const std::string& name) const {
    const Fd fd = open_file(local(name), O_RDONLY).value();
    return read_all(fd.get(), std::size_t{1} << 30).value();
  }

  TempDir folder;
  SftpServers servers;
  SharedCounters counters = SharedCounters::create().value();
  Mount mount;
  std::unique_ptr<Backend> backend;
  LiveTree* tree = nullptr;
  Call call;
};

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline AttrChange new_size(std::uint64_t size) {
  AttrChange change;
  change.size = size;
  return change;
}

inline AttrChange new_mode(mode_t mode) {
  AttrChange change;
  change.mode = mode;
  return change;
}

inline AttrChange new_dates(std::optional<std::time_t> accessed,
                            std::optional<std::time_t> modified) {
  AttrChange change;
  change.accessed = accessed;
  change.modified = modified;
  return change;
}

/// The errno of a result, 0 for a good one.
template <class T>
int code_of(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

}  // namespace vfsrun::test
