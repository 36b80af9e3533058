// SPDX-License-Identifier: GPL-2.0-or-later
// Names of stores that are changed in place.
#include <algorithm>
#include <array>
#include <ctime>

#include "gateway/fs/live_filesystem.hh"

namespace vfsrun {

namespace {

constexpr mode_t permission_bits = 0777;
constexpr std::array kinds{Kind::file, Kind::directory, Kind::symlink};

std::chrono::nanoseconds max_age(const Place& place) {
  return place.mounted->mount.cache.max_age;
}

Result<void> check_changeable(const Place& place) {
  if (place.fixed) return fail(EBUSY);
  return check_writable(place);
}

NodePtr child_of(NodeTable& nodes, const NodeAt& parent, const Place& place) {
  for (const Kind kind : kinds) {
    if (NodePtr node = nodes.child(parent.node, place.path.name(), kind))
      return node;
  }
  return nullptr;
}

}  // namespace

LiveFound LiveFilesystem::remember(const NodeAt& parent, const Place& place,
                                   Found found) {
  // The file of a path, whatever state it is in.
  found.attr.version = {};
  LiveFound known;
  known.node = nodes_.remember(parent.node, place.path.name(), found.attr);
  known.attr = std::move(found.attr);
  known.attr_valid = known.name_valid = found.valid;
  return known;
}

LiveFound LiveFilesystem::remember_new(const NodeAt& parent, const Place& place,
                                       Kind kind, mode_t mode,
                                       std::uint64_t size) {
  Attr attr;
  attr.kind = kind;
  attr.mode = mode & permission_bits;
  attr.size = size;
  attr.modified = std::time(nullptr);
  LiveFound made = remember(parent, place, Found{attr, max_age(place)});
  made.attr_valid = {};
  return made;
}

Result<LiveFound> LiveFilesystem::lookup(const NodeAt& parent,
                                         const Place& place, Call& call) {
  // What is being written is best known to who writes it.
  if (const NodePtr node =
          nodes_.child(parent.node, place.path.name(), Kind::file)) {
    const auto live = live_node(node, false);
    const auto open = live && live->dirty ? live->some(false) : nullptr;
    if (open) {
      const Attr attr = TRY(attributes_of(*live, *open, call));
      LiveFound found = remember(parent, place, Found{attr, max_age(place)});
      found.attr_valid = {};
      return found;
    }
  }
  return remember(parent, place, TRY(metadata_.lookup(place, call)));
}

std::optional<LiveFound> LiveFilesystem::known(const NodeAt& parent,
                                               const Place& place) {
  const NodePtr node = nodes_.child(parent.node, place.path.name(), Kind::file);
  const auto live = node ? live_node(node, false) : nullptr;
  if (live && live->dirty) return std::nullopt;
  auto found = metadata_.known(place);
  if (!found) return std::nullopt;
  return remember(parent, place, *std::move(found));
}

Result<LiveFound> LiveFilesystem::make_directory(const NodeAt& parent,
                                                 const Place& place,
                                                 mode_t mode, Call& call) {
  TRY(check_changeable(place));
  TRY(parent.tree().make_directory(place.inner, mode & permission_bits, call));
  LiveFound made = remember_new(parent, place, Kind::directory, mode, 0);
  metadata_.made_directory(place);
  return made;
}

Result<LiveFilesystem::CreatedFile> LiveFilesystem::create(const NodeAt& parent,
                                                           const Place& place,
                                                           int flags,
                                                           mode_t mode,
                                                           Call& call) {
  TRY(check_changeable(place));
  OpenMode how;
  how.read = (flags & O_ACCMODE) != O_WRONLY;
  how.write = (flags & O_ACCMODE) != O_RDONLY;
  how.create = true;
  // Asked for first in any case: what was made here is known without asking.
  how.exclusive = true;
  LiveOpen::Traits traits;
  traits.writable = how.write;
  traits.appends = (flags & O_APPEND) != 0;
  traits.created = true;
  mode &= permission_bits;
  auto file = parent.tree().open(place.inner, how, mode, call);
  if (!file && file.error().code == EEXIST && (flags & O_EXCL) == 0) {
    how.exclusive = false;
    how.truncate = (flags & O_TRUNC) != 0;
    traits.created = false;
    file = parent.tree().open(place.inner, how, mode, call);
  }
  if (!file) {
    metadata_.changed(place, std::nullopt);
    return tl::unexpected(std::move(file).error());
  }
  metadata_.changed(place, Kind::file);
  CreatedFile made;
  if (traits.created) {
    made.found = remember_new(parent, place, Kind::file, mode, 0);
  } else {
    const Attr attr = TRY((*file)->attributes(call));
    made.found = remember(parent, place, Found{attr, max_age(place)});
    made.found.attr_valid = {};
  }
  const auto live = live_node(made.found.node, true);
  live->dirty = true;
  live->set_length(made.found.attr.size.value_or(0), clock_.now());
  made.open = open_of(live, *std::move(file), traits);
  return made;
}

Result<LiveFound> LiveFilesystem::make_file(const NodeAt& parent,
                                            const Place& place, mode_t mode,
                                            Call& call) {
  const CreatedFile made =
      TRY(create(parent, place, O_WRONLY | O_EXCL, mode, call));
  release(made.open);
  return made.found;
}

Result<LiveFound> LiveFilesystem::make_link(const NodeAt& parent,
                                            const Place& place,
                                            const std::string& target,
                                            Call& call) {
  TRY(check_changeable(place));
  TRY(parent.tree().make_link(place.inner, target, call));
  metadata_.changed(place, Kind::symlink);
  return remember_new(parent, place, Kind::symlink, permission_bits,
                      target.size());
}

Result<LiveFound> LiveFilesystem::make_hard_link(const NodeAt& from,
                                                 const NodeAt& parent,
                                                 const Place& place,
                                                 Call& call) {
  TRY(check_changeable(place));
  if (from.place.mounted != place.mounted) return fail(EXDEV);
  TRY(parent.tree().make_hard_link(from.place.inner, place.inner, call));
  metadata_.changed(place, from.node->kind);
  const Attr attr = TRY(attributes(from, call)).attr;
  LiveFound made = remember(parent, place, Found{attr, max_age(place)});
  made.attr_valid = {};
  return made;
}

Result<void> LiveFilesystem::remove(const NodeAt& parent, const Place& place,
                                    Kind kind, Call& call) {
  TRY(check_changeable(place));
  Result<void> done = parent.tree().remove(place.inner, kind, call);
  if (!done && done.error().code != ENOENT) {
    metadata_.changed(place, std::nullopt);
    return done;
  }
  if (const NodePtr node = child_of(nodes_, parent, place)) nodes_.remove(node);
  metadata_.removed(place);
  return done;
}

Result<void> LiveFilesystem::rename(const NodeAt& from_parent,
                                    const Place& from, const NodeAt& to_parent,
                                    const Place& to, LiveTree::Over over,
                                    Call& call) {
  TRY(check_changeable(from));
  TRY(check_changeable(to));
  if (from.mounted != to.mounted) return fail(EXDEV);
  Result<void> done =
      from_parent.tree().rename(from.inner, to.inner, over, call);
  if (!done) {
    metadata_.changed(from, std::nullopt);
    metadata_.changed(to, std::nullopt);
    return done;
  }
  const NodePtr node = child_of(nodes_, from_parent, from);
  if (node) nodes_.move(node, to_parent.node, to.path.name());
  metadata_.moved(from, to, node ? node->kind : Kind::file);
  return {};
}

}  // namespace vfsrun
