// SPDX-License-Identifier: GPL-2.0-or-later
// What takes many requests at once: bytes of an open file, and listings. Any
// thread; blocks until done, stopped or past the deadline.
#pragma once

#include <string>
#include <vector>

#include "backends/backend.hh"
#include "backends/sftp/connection.hh"
#include "backends/sftp/replies.hh"

namespace vfsrun::sftp {

/// An open file or directory of one connection. `what` is for messages.
struct OpenHandle {
  std::shared_ptr<Connection> connection;
  std::string handle;
  std::string what;
};

/// Streams `range` in order, less where the file ends before.
Result<void> read_range(const OpenHandle& file, ByteRange range,
                        const ByteSink& sink, const Call& call);

/// All names of a directory, as the server sends them. EFBIG past a million.
Result<std::vector<Name>> list_directory(
    const std::shared_ptr<Connection>& connection, const std::string& path,
    const Call& call);

}  // namespace vfsrun::sftp
