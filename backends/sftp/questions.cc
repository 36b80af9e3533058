// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/questions.hh"

#include <sys/stat.h>

#include "backends/sftp/transfer.hh"

namespace vfsrun::sftp {

namespace {

// A server that has less is full to whoever writes.
constexpr std::uint64_t little = std::uint64_t{256} << 10;

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// NAME_MAX: the server calls a longer name a bad message, as it does much.
bool too_long(std::string_view path) { return name_of(path).size() > 255; }

/// The type bits of what is there, or 0.
mode_t type_at(const ConnectionPtr& connection, const std::string& path,
               const Call& call) {
  const auto found = look_at(connection, path, call);
  return found ? found->permissions.value_or(S_IFREG) & S_IFMT : 0;
}

/// OpenSSH says "no such file" for ENOTDIR, too.
bool is_vague(const Error& error) {
  return error.code == EIO || error.code == ENOENT;
}

bool has_names(const ConnectionPtr& connection, const std::string& path,
               const Call& call) {
  const auto names = list_directory(connection, path, call);
  // Whatever else is there beside "." and "..".
  return names && names->size() > 2;
}

}  // namespace

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_full(const StoreSpace& space) noexcept {
  return space.available < little || (space.files > 0 && space.free_files == 0);
}

Result<Reply> ask(const ConnectionPtr& connection, PacketWriter&& packet,
                  const Call& call) {
  Request request = connection->send(std::move(packet));
  return request.wait(call);
}

Result<FileAttributes> look_at(const ConnectionPtr& connection,
                               const std::string& path, const Call& call) {
  return expect_attributes(
      ask(connection, std::move(PacketWriter(PacketType::lstat).text(path)),
          call),
      path);
}

Result<std::string> real_path(const ConnectionPtr& connection,
                              const std::string& path, const Call& call) {
  return expect_path(
      ask(connection, std::move(PacketWriter(PacketType::realpath).text(path)),
          call),
      path);
}

Result<StoreSpace> space_at(const ConnectionPtr& connection,
                            const std::string& path, const Call& call) {
  if (!connection->features().statvfs) return fail(EOPNOTSUPP);
  return expect_space(
      ask(connection, std::move(PacketWriter("statvfs@openssh.com").text(path)),
          call),
      path);
}

Error no_space_or(const ConnectionPtr& connection, const std::string& path,
                  Error error, const Call& call) {
  if (error.code != EIO) return error;
  auto space = space_at(connection, path, call);
  if (!space) space = space_at(connection, parent_of(path), call);
  if (space && is_full(*space)) error.code = ENOSPC;
  return error;
}

Result<void> refused_change(Result<void> done, const AttrChange& change) {
  if (!done && done.error().code == EACCES && !change.size)
    done.error().code = EPERM;
  return done;
}

Error why_not_made(const ConnectionPtr& connection, const std::string& path,
                   Error error, const Call& call) {
  if (error.code == EINVAL && too_long(path)) return {ENAMETOOLONG, {}};
  if (error.code != EIO) return error;
  if (type_at(connection, path, call) != 0) return {EEXIST, {}};
  return no_space_or(connection, path, std::move(error), call);
}

Error why_not_removed(const ConnectionPtr& connection, const std::string& path,
                      Kind kind, Error error, const Call& call) {
  if (!is_vague(error)) return error;
  const mode_t type = type_at(connection, path, call);
  if (kind != Kind::directory && type == S_IFDIR) return {EISDIR, {}};
  if (kind == Kind::directory && type != 0 && type != S_IFDIR)
    return {ENOTDIR, {}};
  if (type == S_IFDIR && has_names(connection, path, call))
    return {ENOTEMPTY, {}};
  return error;
}

Error why_not_renamed(const ConnectionPtr& connection, const std::string& from,
                      const std::string& to, LiveTree::Over over, Error error,
                      const Call& call) {
  if (error.code == EINVAL && too_long(to)) return {ENAMETOOLONG, {}};
  if (!is_vague(error)) return error;
  const mode_t what = type_at(connection, from, call);
  const mode_t there = type_at(connection, to, call);
  if (what == 0) return {ENOENT, {}};
  if (there == 0 && error.code == ENOENT) return error;
  if (there == 0) return no_space_or(connection, to, std::move(error), call);
  if (over == LiveTree::Over::refuse) return {EEXIST, {}};
  if (there == S_IFDIR && what != S_IFDIR) return {EISDIR, {}};
  if (there != S_IFDIR && what == S_IFDIR) return {ENOTDIR, {}};
  if (there == S_IFDIR && has_names(connection, to, call))
    return {ENOTEMPTY, {}};
  return error;
}

}  // namespace vfsrun::sftp
