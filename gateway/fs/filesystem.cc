// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/filesystem.hh"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "gateway/base/log.hh"
#include "gateway/fs/streamed_file.hh"

namespace vfsrun {

namespace {

using std::chrono::nanoseconds;

/// A number is one version of a file, or a directory: what is known of it
/// does not change.
constexpr nanoseconds attr_valid = std::chrono::hours(1);
constexpr mode_t directory_mode = 0555;
constexpr mode_t symlink_mode = 0777;
/// Of bodies whose length is unknown: so much is fetched at open() to learn
/// it; and for so long the opener waits.
constexpr std::uint64_t learn_limit = 64ULL * 1024 * 1024;
constexpr std::chrono::seconds learn_time{10};
constexpr std::uint64_t stream_limit = 16ULL * 1024 * 1024 * 1024;

/// The backend notices a server that stalls; these only bound the sum of its
/// tries, so that no program waits for ever.
void bound_metadata(Call& call, const Place& place) {
  if (place.mounted == nullptr) return;
  const Mount& mount = place.mounted->mount;
  const auto longest =
      LiveFilesystem::serves(place)
          ? mount.sftp.connect_timeout + mount.sftp.stall_timeout
          : mount.http.connect_timeout + mount.http.stall_timeout;
  call.priority = Priority::metadata;
  call.deadline =
      std::min(call.deadline, std::chrono::steady_clock::now() + longest);
}

void bound_read(Call& call) {
  constexpr std::chrono::minutes longest_read{5};
  call.priority = Priority::foreground;
  call.deadline =
      std::min(call.deadline, std::chrono::steady_clock::now() + longest_read);
}

mode_t mode_of(const Attr& attr, const Place& place) {
  if (attr.mode != 0) return attr.mode & 0777;
  if (LiveFilesystem::serves(place))
    return attr.kind == Kind::file ? 0644 : 0755;
  if (attr.kind == Kind::directory) return directory_mode;
  if (attr.kind == Kind::symlink) return symlink_mode;
  return place.mounted->mount.http.file_mode & 0777;
}

bool constant(const Attr& attr) {
  return attr.kind != Kind::file || (attr.version.known() && attr.size);
}

bool writes(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
}

}  // namespace

Result<NodeAt> Filesystem::node_at(Ino ino) {
  const NodePtr node = TRY(nodes_.at(ino));
  return NodeAt{node, parts_.root.place(nodes_.path_of(*node))};
}

Result<Filesystem::Named> Filesystem::named(Ino parent, std::string_view name) {
  NodeAt above = TRY(node_at(parent));
  if (above.node->kind != Kind::directory) return fail(ENOTDIR);
  if (!VPath::valid_name(name))
    return fail(name.size() > NAME_MAX ? ENAMETOOLONG : ENOENT);
  const VPath path = above.place.path.child(name);
  return Named{std::move(above), parts_.root.place(path)};
}

EntryReply Filesystem::remember(const NodePtr& parent, const Place& place,
                                Found found) {
  found.attr.mode = mode_of(found.attr, place);
  const NodePtr node = nodes_.remember(parent, place.path.name(), found.attr);
  EntryReply reply;
  reply.ino = node->ino;
  reply.valid = found.valid;
  reply.node.number = stable_number(place.path);
  reply.node.valid = constant(found.attr) ? attr_valid : nanoseconds::zero();
  reply.node.attr = std::move(found.attr);
  return reply;
}

EntryReply Filesystem::reply_of(LiveFound found) {
  EntryReply reply;
  reply.ino = found.node->ino;
  reply.valid = found.name_valid;
  reply.node = attr_of(std::move(found));
  return reply;
}

NodeAttr Filesystem::attr_of(LiveFound found) {
  NodeAttr reply;
  reply.number = nodes_.number_of(*found.node);
  reply.valid = found.attr_valid;
  reply.attr = std::move(found.attr);
  return reply;
}

Result<EntryReply> Filesystem::lookup(Ino parent, std::string_view name,
                                      Call& call) {
  const auto [above, place] = TRY(named(parent, name));
  if (place.mounted == nullptr && !place.fixed) {
    if (!parts_.root.links_to_host()) return fail(ENOENT);
    Found link;
    link.attr.kind = Kind::symlink;
    link.attr.size = place.path.str().size();
    link.valid = attr_valid;
    return remember(above.node, place, std::move(link));
  }
  bound_metadata(call, place);
  if (LiveFilesystem::serves(place) && !place.fixed)
    return reply_of(TRY(live_.lookup(above, place, call)));
  return remember(above.node, place, TRY(parts_.metadata.lookup(place, call)));
}

void Filesystem::forget(Ino ino, std::uint64_t lookups) noexcept {
  nodes_.forget(ino, lookups);
  if (nodes_.at(ino)) return;
  live_.forget(ino);
  kept_by_kernel_.lock()->erase(ino);
}

Result<NodeAttr> Filesystem::attributes(Ino ino, Call& call) {
  const NodeAt at = TRY(node_at(ino));
  bound_metadata(call, at.place);
  if (LiveFilesystem::serves(at.place) && !at.place.fixed)
    return attr_of(TRY(live_.attributes(at, call)));
  NodeAttr reply;
  reply.attr = TRY(nodes_.attr(ino));
  if (reply.attr.mode == 0) reply.attr.mode = directory_mode;  // the root
  reply.number = nodes_.number_of(*at.node);
  reply.valid = constant(reply.attr) ? attr_valid : nanoseconds::zero();
  return reply;
}

Result<std::string> Filesystem::link_target(Ino ino, Call& call) {
  const NodeAt at = TRY(node_at(ino));
  if (at.node->kind != Kind::symlink) return fail(EINVAL);
  bound_metadata(call, at.place);
  if (LiveFilesystem::serves(at.place)) return live_.link_target(at, call);
  // The only other symlinks are those to the host's own tree.
  return at.place.path.str();
}

Result<void> Filesystem::access(Ino ino, int mask, Call& call) {
  const NodeAt at = TRY(node_at(ino));
  bound_metadata(call, at.place);
  if (LiveFilesystem::serves(at.place)) return live_.access(at, mask, call);
  if ((mask & W_OK) != 0) return fail(EROFS);
  const NodeAttr node = TRY(attributes(ino, call));
  if ((mask & X_OK) != 0 && (node.attr.mode & 0111) == 0) return fail(EACCES);
  return {};
}

Result<Opened> Filesystem::open(Ino ino, int flags, Call& call) {
  const auto [node, place] = TRY(node_at(ino));
  if (node->kind != Kind::file) return fail(EISDIR);
  bound_metadata(call, place);
  if (LiveFilesystem::serves(place)) {
    auto [open, keep] = TRY(live_.open({node, place}, flags, call));
    return Opened{files_.add(std::move(open)), keep, false};
  }
  if (writes(flags)) return fail(EROFS);
  const Attr attr = TRY(parts_.metadata.current(place, call));
  parts_.walks.opened(place, attr);
  // Another version, or a directory by now: not what this number names. The
  // kernel looks the name up again on ESTALE and opens what it then finds.
  if (attr.kind != Kind::file || attr.version != node->version)
    return fail(ESTALE);
  std::shared_ptr<OpenFile> file;
  if (attr.version.known() && attr.size) {
    Attr full = attr;
    full.mode = mode_of(attr, place);
    nodes_.update(ino, full);
    file = open_version(
        place, attr, TRY(parts_.metadata.content(place, attr)),
        [this, place] { parts_.metadata.doubt(place); },
        OpenContext{parts_.read_ahead, parts_.counters});
  } else {
    file = TRY(open_streamed(node, place, call));
  }
  Opened opened;
  opened.keep_cache = file->shares_pages();
  opened.direct_io = !opened.keep_cache;
  opened.handle = files_.add(std::move(file));
  return opened;
}

Result<std::shared_ptr<OpenFile>> Filesystem::open_streamed(const NodePtr& node,
                                                            const Place& place,
                                                            Call& call) {
  const auto file = std::make_shared<StreamedFile>(
      place, TRY(parts_.contents.open_growing()), stream_limit);
  Call learn = call;
  learn.deadline = std::chrono::steady_clock::now() + learn_time;
  Result<std::optional<Attr>> whole = file->wait_for(learn_limit, learn);
  // Slow or endless: it is read as it comes.
  if (!whole && whole.error().code == ETIMEDOUT) return file;
  if (!whole) return tl::unexpected(std::move(whole).error());
  if (!*whole) return file;
  Attr attr = **whole;
  if (attr.version != node->version) {
    // The body is another version than the one that was looked up.
    parts_.metadata.doubt(place);
    return fail(ESTALE);
  }
  if (attr.version.known()) {
    // From now on this is a file like any other.
    const auto content = parts_.metadata.content(place, attr);
    if (content) file->copy_to(**content);
    parts_.metadata.learn(place, attr);
  }
  attr.mode = mode_of(attr, place);
  nodes_.update(node->ino, attr);
  return file;
}

Result<FileBytes> Filesystem::read(std::uint64_t handle, std::uint64_t offset,
                                   std::span<std::byte> room, Call& call) {
  const std::shared_ptr<OpenFile> file = TRY(files_.at(handle));
  bound_read(call);
  return file->read(offset, room, call);
}

Result<std::vector<DirEntry>> Filesystem::names_of(const NodeAt& at,
                                                   Listing& listing,
                                                   Call& call) {
  const Place& place = at.place;
  std::vector<DirEntry> mounts = parts_.root.names_below(place.path);
  if (place.mounted == nullptr) return mounts;
  Result<Listing> found = LiveFilesystem::serves(place)
                              ? live_.list(at, call)
                              : parts_.metadata.list(place, call);
  if (!found) {
    // The names of mounts are there whatever the server says.
    if (mounts.empty()) return tl::unexpected(std::move(found).error());
    return mounts;
  }
  listing = *found;
  std::vector<DirEntry> names = *listing;
  std::erase_if(names, [&](const DirEntry& each) {
    return std::ranges::find(mounts, each.name, &DirEntry::name) !=
           mounts.end();
  });
  std::ranges::move(mounts, std::back_inserter(names));
  return names;
}

Result<std::uint64_t> Filesystem::open_directory(Ino ino, Call& call) {
  const NodeAt at = TRY(node_at(ino));
  if (at.node->kind != Kind::directory) return fail(ENOTDIR);
  const VPath& path = at.place.path;
  bound_metadata(call, at.place);
  Listing listing;
  const std::vector<DirEntry> names = TRY(names_of(at, listing, call));
  auto open = std::make_shared<OpenDirectory>();
  open->ino = ino;
  if (!LiveFilesystem::serves(at.place)) offer_to_kernel(*open, listing);
  open->names.reserve(names.size() + 2);
  open->names.push_back({".", Kind::directory, nodes_.number_of(*at.node)});
  open->names.push_back({"..", Kind::directory, stable_number(path.parent())});
  for (const DirEntry& each : names) {
    if (!VPath::valid_name(each.name)) continue;
    const NodePtr known = nodes_.child(at.node, each.name, each.kind);
    open->names.push_back({each.name, each.kind,
                           known ? nodes_.number_of(*known)
                                 : stable_number(path.child(each.name))});
  }
  return directories_.add(std::move(open));
}

std::string Filesystem::describe(Ino ino, std::string_view name) {
  const Result<NodePtr> node = nodes_.at(ino);
  if (!node) return "?";
  std::string path = nodes_.path_of(**node).str();
  if (name.empty()) return path;
  if (path.back() != '/') path.push_back('/');
  return path.append(name);
}

}  // namespace vfsrun
