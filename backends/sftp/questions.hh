// SPDX-License-Identifier: GPL-2.0-or-later
// Single questions by path, and second looks: what the protocol calls a
// failure has many causes, which the server can be asked about. Any thread.
#pragma once

#include <memory>
#include <string>

#include "backends/live_tree.hh"
#include "backends/sftp/connection.hh"
#include "backends/sftp/replies.hh"

namespace vfsrun::sftp {

/// Sends, and waits for the answer.
Result<Reply> ask(const ConnectionPtr& connection, PacketWriter&& packet,
                  const Call& call);

Result<FileAttributes> look_at(const ConnectionPtr& connection,
                               const std::string& path, const Call& call);
Result<std::string> real_path(const ConnectionPtr& connection,
                              const std::string& path, const Call& call);
Result<StoreSpace> space_at(const ConnectionPtr& connection,
                            const std::string& path, const Call& call);

/// `error`, or ENOSPC where nothing is left around `path`.
Error no_space_or(const ConnectionPtr& connection, const std::string& path,
                  Error error, const Call& call);

/// Nothing worth speaking of is left.
[[nodiscard]] bool is_full(const StoreSpace& space) noexcept;
/// What to ask about where `path` itself is not there.
std::string parent_of(const std::string& path);

/// chmod(2) and utimensat(2) of another's file say EPERM, not EACCES.
Result<void> refused_change(Result<void> done, const AttrChange& change);

/// Why a path could not be made: EEXIST where there is something by now.
Error why_not_made(const ConnectionPtr& connection, const std::string& path,
                   Error error, const Call& call);
/// Why it could not be removed: EISDIR, ENOTDIR, ENOTEMPTY.
Error why_not_removed(const ConnectionPtr& connection, const std::string& path,
                      Kind kind, Error error, const Call& call);
/// Why `from` did not become `to`.
Error why_not_renamed(const ConnectionPtr& connection, const std::string& from,
                      const std::string& to, LiveTree::Over over, Error error,
                      const Call& call);

}  // namespace vfsrun::sftp
