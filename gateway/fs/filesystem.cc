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
  const HttpOptions& limits = place.mounted->mount.http;
  call.priority = Priority::metadata;
  call.deadline = std::min(call.deadline, std::chrono::steady_clock::now() +
                                              limits.connect_timeout +
                                              limits.stall_timeout);
}

void bound_read(Call& call) {
  constexpr std::chrono::minutes longest_read{5};
  call.priority = Priority::foreground;
  call.deadline =
      std::min(call.deadline, std::chrono::steady_clock::now() + longest_read);
}

mode_t mode_of(const Attr& attr, const Place& place) {
  if (attr.mode != 0) return attr.mode & 0777;
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

Result<NodePtr> Filesystem::directory_node(Ino ino) {
  NodePtr node = TRY(nodes_.at(ino));
  if (node->kind != Kind::directory) return fail(ENOTDIR);
  return node;
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

Result<EntryReply> Filesystem::lookup(Ino parent, std::string_view name,
                                      Call& call) {
  const NodePtr above = TRY(directory_node(parent));
  if (!VPath::valid_name(name))
    return fail(name.size() > NAME_MAX ? ENAMETOOLONG : ENOENT);
  const Place place = parts_.root.place(NodeTable::path_of(*above).child(name));
  if (place.mounted == nullptr && !place.fixed) {
    if (!parts_.root.links_to_host()) return fail(ENOENT);
    Found link;
    link.attr.kind = Kind::symlink;
    link.attr.size = place.path.str().size();
    link.valid = attr_valid;
    return remember(above, place, std::move(link));
  }
  bound_metadata(call, place);
  return remember(above, place, TRY(parts_.metadata.lookup(place, call)));
}

void Filesystem::forget(Ino ino, std::uint64_t lookups) noexcept {
  nodes_.forget(ino, lookups);
}

Result<NodeAttr> Filesystem::attributes(Ino ino) {
  const NodePtr node = TRY(nodes_.at(ino));
  NodeAttr reply;
  reply.attr = TRY(nodes_.attr(ino));
  if (reply.attr.mode == 0) reply.attr.mode = directory_mode;  // the root
  reply.number = stable_number(NodeTable::path_of(*node));
  reply.valid = constant(reply.attr) ? attr_valid : nanoseconds::zero();
  return reply;
}

Result<std::string> Filesystem::link_target(Ino ino) {
  const NodePtr node = TRY(nodes_.at(ino));
  if (node->kind != Kind::symlink) return fail(EINVAL);
  // The only symlinks are those to the host's own tree.
  return NodeTable::path_of(*node).str();
}

Result<void> Filesystem::access(Ino ino, int mask) {
  const NodeAttr node = TRY(attributes(ino));
  if ((mask & W_OK) != 0) return fail(EROFS);
  if ((mask & X_OK) != 0 && (node.attr.mode & 0111) == 0) return fail(EACCES);
  return {};
}

Result<Opened> Filesystem::open(Ino ino, int flags, Call& call) {
  const NodePtr node = TRY(nodes_.at(ino));
  if (writes(flags))
    return fail(node->kind == Kind::directory ? EISDIR : EROFS);
  if (node->kind != Kind::file) return fail(EISDIR);
  const Place place = parts_.root.place(NodeTable::path_of(*node));
  bound_metadata(call, place);
  const Attr attr = TRY(parts_.metadata.current(place, call));
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

Result<std::vector<DirEntry>> Filesystem::names_of(const Place& place,
                                                   Call& call) {
  std::vector<DirEntry> mounts = parts_.root.names_below(place.path);
  if (place.mounted == nullptr) return mounts;
  Result<Listing> listing = parts_.metadata.list(place, call);
  if (!listing) {
    // The names of mounts are there whatever the server says.
    if (mounts.empty()) return tl::unexpected(std::move(listing).error());
    return mounts;
  }
  std::vector<DirEntry> names = **listing;
  std::erase_if(names, [&](const DirEntry& each) {
    return std::ranges::find(mounts, each.name, &DirEntry::name) !=
           mounts.end();
  });
  std::ranges::move(mounts, std::back_inserter(names));
  return names;
}

Result<std::uint64_t> Filesystem::open_directory(Ino ino, Call& call) {
  const NodePtr node = TRY(directory_node(ino));
  const VPath path = NodeTable::path_of(*node);
  const Place place = parts_.root.place(path);
  bound_metadata(call, place);
  const std::vector<DirEntry> names = TRY(names_of(place, call));
  auto open = std::make_shared<OpenDirectory>();
  open->names.reserve(names.size() + 2);
  open->names.push_back({".", Kind::directory, stable_number(path)});
  open->names.push_back({"..", Kind::directory, stable_number(path.parent())});
  for (const DirEntry& each : names) {
    if (!VPath::valid_name(each.name)) continue;
    open->names.push_back(
        {each.name, each.kind, stable_number(path.child(each.name))});
  }
  return directories_.add(std::move(open));
}

Result<EntryReply> Filesystem::make_directory(Ino parent, std::string_view name,
                                              Call& call) {
  const NodePtr above = TRY(directory_node(parent));
  if (!VPath::valid_name(name)) return fail(EINVAL);
  const Place place = parts_.root.place(NodeTable::path_of(*above).child(name));
  bound_metadata(call, place);
  return remember(above, place, TRY(parts_.metadata.declare(place, call)));
}

Error Filesystem::refusal(Ino parent, std::string_view name) {
  const Result<NodePtr> above = nodes_.at(parent);
  if (!above) return above.error();
  if (!VPath::valid_name(name)) return Error{EINVAL, {}};
  const Place place =
      parts_.root.place(NodeTable::path_of(**above).child(name));
  return Error{place.fixed ? EBUSY : EROFS, {}};
}

std::string Filesystem::describe(Ino ino, std::string_view name) {
  const Result<NodePtr> node = nodes_.at(ino);
  if (!node) return "?";
  std::string path = NodeTable::path_of(**node).str();
  if (name.empty()) return path;
  if (path.back() != '/') path.push_back('/');
  return path.append(name);
}

}  // namespace vfsrun
