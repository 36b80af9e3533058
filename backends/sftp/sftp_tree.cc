// SPDX-License-Identifier: GPL-2.0-or-later
// What SftpBackend changes on a server.
#include <fmt/core.h>
#include <sys/stat.h>

#include "backends/sftp/file.hh"
#include "backends/sftp/questions.hh"
#include "backends/sftp/sftp.hh"
#include "backends/sftp/sftp_ask.hh"

namespace vfsrun {

namespace {

using sftp::ConnectionPtr;
using sftp::PacketType;
using sftp::PacketWriter;
using sftp::Repeat;

/// One request whose answer is a status.
Result<void> tell(const ConnectionPtr& connection, PacketWriter&& packet,
                  const std::string& path, const Call& call) {
  return sftp::expect_ok(sftp::ask(connection, std::move(packet), call), path);
}

bool is_link(const sftp::FileAttributes& attributes) {
  return S_ISLNK(attributes.permissions.value_or(S_IFREG));
}

}  // namespace

Result<std::unique_ptr<LiveFile>> SftpBackend::open(const VPath& path,
                                                    OpenMode how, mode_t mode,
                                                    Call& call) {
  const Spot spot = TRY(this->spot(path));
  if (special_.lock()->contains(spot.name + "\n" + spot.path))
    return fail(ENXIO);
  counters_->add(Counter::requests);
  return sftp::File::open(spot.remote, spot.path, how, mode, call);
}

Result<void> SftpBackend::change(const VPath& path, const AttrChange& change,
                                 Call& call) {
  const Spot spot = TRY(this->spot(path));
  return ask(
      spot, Repeat::harmless, call,
      [&](const ConnectionPtr& connection) -> Result<void> {
        AttrChange whole = change;
        if (change.accessed.has_value() != change.modified.has_value()) {
          const Attr now =
              sftp::shown(TRY(sftp::look_at(connection, spot.path, call)), {});
          if (!whole.accessed) whole.accessed = now.accessed;
          if (!whole.modified) whole.modified = now.modified;
        }
        // The protocol's own request follows a link, whose dates alone can be
        // changed; for modes and sizes the caller has none.
        const bool dates = !change.mode && !change.size;
        const bool as_link = dates && connection->features().lsetstat;
        if (dates && !as_link &&
            is_link(TRY(sftp::look_at(connection, spot.path, call))))
          return fail(EOPNOTSUPP);
        PacketWriter packet = as_link ? PacketWriter("lsetstat@openssh.com")
                                      : PacketWriter(PacketType::setstat);
        packet.text(spot.path);
        const sftp::FileAttributes wanted = TRY(sftp::to_send(whole));
        sftp::write_attributes(packet, wanted);
        return sftp::refused_change(
            tell(connection, std::move(packet), spot.path, call), change);
      });
}

Result<void> SftpBackend::make_directory(const VPath& path, mode_t mode,
                                         Call& call) {
  const Spot spot = TRY(this->spot(path));
  return ask(spot, Repeat::never, call,
             [&](const ConnectionPtr& connection) -> Result<void> {
               PacketWriter packet(PacketType::mkdir);
               packet.text(spot.path);
               sftp::FileAttributes attributes;
               attributes.permissions = mode & 0777;
               sftp::write_attributes(packet, attributes);
               Result<void> made =
                   tell(connection, std::move(packet), spot.path, call);
               if (made) return made;
               return tl::unexpected(sftp::why_not_made(connection, spot.path,
                                                        made.error(), call));
             });
}

Result<void> SftpBackend::remove(const VPath& path, Kind kind, Call& call) {
  const Spot spot = TRY(this->spot(path));
  const PacketType type =
      kind == Kind::directory ? PacketType::rmdir : PacketType::remove;
  return ask(spot, Repeat::never, call,
             [&](const ConnectionPtr& connection) -> Result<void> {
               Result<void> removed = tell(
                   connection, std::move(PacketWriter(type).text(spot.path)),
                   spot.path, call);
               if (removed) return removed;
               return tl::unexpected(sftp::why_not_removed(
                   connection, spot.path, kind, removed.error(), call));
             });
}

Result<void> SftpBackend::rename(const VPath& from, const VPath& to, Over over,
                                 Call& call) {
  const auto [first, second] = TRY(two_spots(from, to));
  const std::string& old_path = first.path;
  const std::string& new_path = second.path;
  return ask(
      first, Repeat::never, call,
      [&](const ConnectionPtr& connection) -> Result<void> {
        // The protocol's own request refuses what is there; where a server
        // has no other, it cannot be replaced at once.
        const bool replace =
            over == Over::replace && connection->features().posix_rename;
        PacketWriter packet = replace ? PacketWriter("posix-rename@openssh.com")
                                      : PacketWriter(PacketType::rename);
        packet.text(old_path).text(new_path);
        Result<void> renamed =
            tell(connection, std::move(packet), old_path, call);
        if (renamed) return renamed;
        return tl::unexpected(sftp::why_not_renamed(
            connection, old_path, new_path, over, renamed.error(), call));
      });
}

Result<std::string> SftpBackend::link_target(const VPath& path, Call& call) {
  const Spot spot = TRY(this->spot(path));
  return ask(
      spot, Repeat::harmless, call,
      [&](const ConnectionPtr& connection) -> Result<std::string> {
        const std::string& home = connection->features().home;
        const std::string target = TRY(sftp::expect_path(
            sftp::ask(
                connection,
                std::move(PacketWriter(PacketType::readlink).text(spot.path)),
                call),
            spot.path));
        Result<std::string> shown = paths_.shown_link(path, target, home);
        if (shown ||
            (shown.error().code != EAGAIN && shown.error().code != EPERM))
          return shown;
        // The server knows where ".." leads, and by what other name it knows
        // the top of the mount.
        const sftp::Target folder = TRY(paths_.target(path.parent()));
        std::string whole = target;
        if (!target.starts_with('/')) {
          whole = folder.host ? folder.path.absolute(home) + "/" + target
                              : "/" + target;
        }
        if (shown.error().code == EAGAIN)
          whole = TRY(sftp::real_path(connection, whole, call));
        const std::string top =
            TRY(sftp::real_path(connection, paths_.top().absolute(home), call));
        shown = paths_.shown_link(path, whole, home, {top});
        if (!shown && shown.error().code == EAGAIN) return fail(EPERM);
        return shown;
      });
}

Result<void> SftpBackend::make_link(const VPath& path,
                                    const std::string& target, Call& call) {
  const Spot spot = TRY(this->spot(path));
  return ask(
      spot, Repeat::never, call,
      [&](const ConnectionPtr& connection) -> Result<void> {
        // OpenSSH's PROTOCOL file, 4.1: the target comes first.
        PacketWriter packet(PacketType::symlink);
        packet
            .text(paths_.stored_link(path, target, connection->features().home))
            .text(spot.path);
        Result<void> made =
            tell(connection, std::move(packet), spot.path, call);
        if (made) return made;
        return tl::unexpected(
            sftp::why_not_made(connection, spot.path, made.error(), call));
      });
}

Result<void> SftpBackend::make_hard_link(const VPath& from, const VPath& to,
                                         Call& call) {
  const auto [first, second] = TRY(two_spots(from, to));
  const std::string& old_path = first.path;
  const std::string& new_path = second.path;
  return ask(first, Repeat::never, call,
             [&](const ConnectionPtr& connection) -> Result<void> {
               if (!connection->features().hardlink) return fail(EOPNOTSUPP);
               PacketWriter packet("hardlink@openssh.com");
               packet.text(old_path).text(new_path);
               Result<void> made =
                   tell(connection, std::move(packet), new_path, call);
               if (made) return made;
               return tl::unexpected(sftp::why_not_made(connection, new_path,
                                                        made.error(), call));
             });
}

Result<StoreSpace> SftpBackend::space(const VPath& path, Call& call) {
  const Spot spot = TRY(this->spot(path));
  return ask(spot, Repeat::harmless, call,
             [&](const ConnectionPtr& connection) {
               return sftp::space_at(connection, spot.path, call);
             });
}

}  // namespace vfsrun
