// SPDX-License-Identifier: GPL-2.0-or-later
// The operations that change something: what a store cannot do is refused
// here, the rest is for LiveFilesystem.
#include <climits>

#include "gateway/fs/filesystem.hh"

namespace vfsrun {

Result<Filesystem::Named> Filesystem::changeable(Ino parent,
                                                 std::string_view name,
                                                 Call& call) {
  if (!VPath::valid_name(name))
    return fail(name.size() > NAME_MAX ? ENAMETOOLONG : EINVAL);
  Named at = TRY(named(parent, name));
  if (at.place.fixed) return fail(EBUSY);
  if (!LiveFilesystem::serves(at.place)) return fail(EROFS);
  call.priority = Priority::foreground;
  return at;
}

Result<EntryReply> Filesystem::make_directory(Ino parent, std::string_view name,
                                              mode_t mode, Call& call) {
  const Named at = TRY(named(parent, name));
  if (LiveFilesystem::serves(at.place)) {
    if (at.place.fixed) return fail(EEXIST);
    return reply_of(TRY(live_.make_directory(at.parent, at.place, mode, call)));
  }
  return remember(at.parent.node, at.place,
                  TRY(parts_.metadata.declare(at.place, call)));
}

Result<Filesystem::Created> Filesystem::create(Ino parent,
                                               std::string_view name, int flags,
                                               mode_t mode, Call& call) {
  const Named at = TRY(changeable(parent, name, call));
  auto made = TRY(live_.create(at.parent, at.place, flags, mode, call));
  Created created;
  created.entry = reply_of(std::move(made.found));
  created.opened.handle = files_.add(std::move(made.open));
  return created;
}

Result<void> Filesystem::write(std::uint64_t handle, std::uint64_t offset,
                               std::span<const std::byte> bytes, Where where,
                               Call& call) {
  const std::shared_ptr<OpenFile> file = TRY(files_.at(handle));
  if (file->live() == nullptr) return fail(EROFS);
  return live_.write(*file->live(), offset, bytes, where, call);
}

Result<void> Filesystem::flush(std::uint64_t handle, Call& call) {
  const std::shared_ptr<OpenFile> file = TRY(files_.at(handle));
  if (file->live() == nullptr) return {};
  return live_.flush(*file->live(), call);
}

Result<void> Filesystem::sync(std::uint64_t handle, Call& call) {
  const std::shared_ptr<OpenFile> file = TRY(files_.at(handle));
  if (file->live() == nullptr) return {};  // nothing was ever written
  return live_.sync(*file->live(), call);
}

void Filesystem::release(std::uint64_t handle) noexcept {
  const Result<std::shared_ptr<OpenFile>> file = files_.at(handle);
  if (file && (*file)->live() != nullptr)
    live_.release(std::static_pointer_cast<LiveOpen>(*file));
  files_.remove(handle);
}

Result<NodeAttr> Filesystem::change(Ino ino, const AttrRequest& request,
                                    std::uint64_t handle, Call& call) {
  const NodeAt at = TRY(node_at(ino));
  if (!LiveFilesystem::serves(at.place)) return fail(EROFS);
  if (at.place.fixed) return fail(EPERM);
  std::shared_ptr<OpenFile> file;
  if (handle != 0) file = TRY(files_.at(handle));
  return attr_of(
      TRY(live_.change(at, request, file ? file->live() : nullptr, call)));
}

Result<EntryReply> Filesystem::make_file(Ino parent, std::string_view name,
                                         mode_t mode, Call& call) {
  const Named at = TRY(changeable(parent, name, call));
  return reply_of(TRY(live_.make_file(at.parent, at.place, mode, call)));
}

Result<EntryReply> Filesystem::make_link(Ino parent, std::string_view name,
                                         const std::string& target,
                                         Call& call) {
  const Named at = TRY(changeable(parent, name, call));
  return reply_of(TRY(live_.make_link(at.parent, at.place, target, call)));
}

Result<EntryReply> Filesystem::make_hard_link(Ino ino, Ino parent,
                                              std::string_view name,
                                              Call& call) {
  const NodeAt from = TRY(node_at(ino));
  const Named at = TRY(changeable(parent, name, call));
  return reply_of(TRY(live_.make_hard_link(from, at.parent, at.place, call)));
}

Result<void> Filesystem::remove(Ino parent, std::string_view name, Kind kind,
                                Call& call) {
  const Named at = TRY(changeable(parent, name, call));
  return live_.remove(at.parent, at.place, kind, call);
}

Result<void> Filesystem::rename(Ino parent, std::string_view name,
                                Ino new_parent, std::string_view new_name,
                                LiveTree::Over over, Call& call) {
  const Named from = TRY(changeable(parent, name, call));
  const Named to = TRY(named(new_parent, new_name));
  if (to.place.fixed) return fail(EBUSY);
  if (!LiveFilesystem::serves(to.place)) return fail(EXDEV);
  return live_.rename(from.parent, from.place, to.parent, to.place, over, call);
}

Result<std::optional<StoreSpace>> Filesystem::space(Ino ino, Call& call) {
  const NodeAt at = TRY(node_at(ino));
  if (!LiveFilesystem::serves(at.place)) return std::nullopt;
  if (at.place.fixed && at.place.mounted->mount.has_host_template())
    return std::nullopt;
  Result<StoreSpace> space = live_.space(at, call);
  if (!space && space.error().code == EOPNOTSUPP) return std::nullopt;
  if (!space) return tl::unexpected(std::move(space).error());
  return *space;
}

Error Filesystem::unsupported(Ino ino) {
  const Result<NodeAt> at = node_at(ino);
  if (!at) return at.error();
  const bool live =
      LiveFilesystem::serves(at->place) && check_writable(at->place);
  return Error{live ? EOPNOTSUPP : EROFS, {}};
}

}  // namespace vfsrun
