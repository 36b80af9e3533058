// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes and files; names are in live_names.cc.
#include "gateway/fs/live_filesystem.hh"

#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

using std::chrono::nanoseconds;

/// What is open may be changing: it is asked for at least so often.
constexpr nanoseconds open_age = std::chrono::seconds(1);
/// A file that has shown the same time for so long has no other bytes of that
/// time still to come; see surely_past().
constexpr std::chrono::seconds seen_long_enough{2};

std::uint64_t value_of(Ino ino) { return static_cast<std::uint64_t>(ino); }

OpenMode mode_of(int flags) {
  OpenMode how;
  how.read = (flags & O_ACCMODE) != O_WRONLY;
  how.write = (flags & O_ACCMODE) != O_RDONLY;
  how.truncate = (flags & O_TRUNC) != 0;
  return how;
}

Attr merged(Attr attr, const AttrChange& change) {
  if (change.mode) attr.mode = *change.mode;
  if (change.accessed) attr.accessed = change.accessed;
  if (change.modified) attr.modified = change.modified;
  if (change.size) {
    attr.size = change.size;
    attr.modified = std::time(nullptr);
  }
  return attr;
}

/// Owners are not changed; who asks for what is there already, may.
bool changes_owner(const AttrRequest& request, const Attr& attr) {
  return (request.uid && *request.uid != attr.uid.value_or(::getuid())) ||
         (request.gid && *request.gid != attr.gid.value_or(::getgid()));
}

}  // namespace

Result<void> check_writable(const Place& place) {
  if (place.mounted->mount.access == Access::read_only) return fail(EROFS);
  return {};
}

Place LiveFilesystem::place_of(const LiveNode& live) {
  return root_.place(nodes_.path_of(*live.node));
}

std::shared_ptr<LiveNode> LiveFilesystem::live_node(const NodePtr& node,
                                                    bool make) {
  auto live = live_.lock();
  const auto at = live->find(value_of(node->ino));
  if (at != live->end())
    if (auto there = at->second.lock()) return there;
  if (!make) return nullptr;
  auto made = std::make_shared<LiveNode>(node, budget_);
  live->insert_or_assign(value_of(node->ino), made);
  return made;
}

void LiveFilesystem::forget(Ino ino) noexcept {
  // An open file's node is not forgotten before its RELEASE.
  live_.lock()->erase(value_of(ino));
  pages_.lock()->erase(value_of(ino));
}

LiveFilesystem::Verdict LiveFilesystem::judge_pages(Ino ino, const Attr& attr) {
  const auto now = clock_.now();
  auto pages = pages_.lock();
  const auto [at, first] = pages->try_emplace(value_of(ino));
  Pages& was = at->second;
  const bool past = surely_past(attr);
  if (first || !was.of(attr)) {
    was = {attr.size, attr.modified, now, !past};
    return {false, was.doubtful, false};
  }
  if (!was.doubtful) return {true, false, false};
  was.doubtful = !past && now - was.seen < seen_long_enough;
  return {false, was.doubtful, !was.doubtful};
}

std::shared_ptr<LiveOpen> LiveFilesystem::open_of(
    const std::shared_ptr<LiveNode>& live, std::shared_ptr<LiveFile> file,
    LiveOpen::Traits traits) {
  const Place place = place_of(*live);
  auto open = std::make_shared<LiveOpen>(
      live, std::move(file), traits,
      LiveReading{read_ahead_, counters_,
                  place.mounted->backend->useful_reads()});
  live->add(open);
  return open;
}

void LiveFilesystem::adopt(LiveNode& live, const Attr& attr,
                           const Verdict& verdict) {
  const LiveStatePtr was = live.state();
  if (was && was->of(attr) && !verdict.settled) return;
  // What was fetched last may have been of the next state already.
  if (was && was->kept && !was->of(attr)) contents_.drop(*was->kept);
  if (!attr.size || !attr.modified) return live.set_state(nullptr);
  auto state = std::make_shared<LiveState>();
  state->size = attr.size;
  state->modified = attr.modified;
  if (!verdict.doubtful) state->kept = key_of_state(place_of(live), attr);
  Result<std::shared_ptr<CachedFile>> content =
      state->kept ? contents_.open(*state->kept, *attr.size)
                  : contents_.open_private(*attr.size);
  if (content) state->content = *std::move(content);
  live.set_state(std::move(state));
}

Result<Attr> LiveFilesystem::attributes_of(LiveNode& live, LiveOpen& open,
                                           Call& call) {
  const bool was_dirty = live.dirty.exchange(false);
  const LiveMetadata::Moment since = metadata_.now();
  Result<Attr> attr = open.attributes(call);
  if (!attr) {
    if (was_dirty) live.dirty = true;
    return attr;
  }
  live.set_length(attr->size.value_or(0), clock_.now());
  if (nodes_.gone(*live.node)) return attr;
  metadata_.learn(place_of(live), *attr, since);
  if (live.dirty) return attr;
  const Verdict verdict = judge_pages(live.node->ino, *attr);
  if (verdict.settled) stale_(live.node->ino);
  adopt(live, *attr, verdict);
  return attr;
}

Result<LiveFound> LiveFilesystem::attributes(const NodeAt& at, Call& call) {
  LiveFound found{at.node, {}, {}, {}};
  const auto live = live_node(at.node, false);
  const auto open = live ? live->some(false) : nullptr;
  const bool gone = nodes_.gone(*at.node);
  if (open && (gone || live->dirty)) {
    found.attr = TRY(attributes_of(*live, *open, call));
    if (gone) found.attr.links = 0;
    return found;
  }
  if (gone) return fail(ESTALE);
  Found named = TRY(metadata_.lookup(at.place, call));
  if (named.attr.kind != at.node->kind) return fail(ESTALE);
  found.attr = std::move(named.attr);
  found.attr_valid = open ? std::min(named.valid, open_age) : named.valid;
  // By its name it may be another file by now.
  if (open && named.valid <= at.place.mounted->mount.cache.max_age - open_age) {
    found.attr = TRY(attributes_of(*live, *open, call));
    found.attr_valid = open_age;
  }
  return found;
}

Result<LiveFound> LiveFilesystem::change(const NodeAt& at,
                                         const AttrRequest& request,
                                         LiveOpen* open, Call& call) {
  TRY(check_writable(at.place));
  AttrChange change = request.change;
  LiveFound found{at.node, TRY(nodes_.attr(at.node->ino)), {}, {}};
  if (changes_owner(request, found.attr)) return fail(EPERM);
  if (!change.mode && !change.size && !change.accessed && !change.modified)
    return found;
  // As on local file systems.
  if (change.mode && at.node->kind == Kind::symlink) return fail(EOPNOTSUPP);
  // Servers take both times or none.
  const bool times = change.accessed || change.modified;
  const auto live = live_node(at.node, false);
  std::shared_ptr<LiveOpen> own;
  if (open == nullptr && live) {
    own = live->some(true);
    open = own.get();
  }
  const bool gone = nodes_.gone(*at.node);
  if (open == nullptr && gone) return fail(ESTALE);
  // A file that was made just now has just been accessed.
  if (change.modified && open != nullptr && open->traits().created &&
      !change.accessed)
    change.accessed = std::time(nullptr);
  if (times && !(change.accessed && change.modified)) {
    const Attr now = TRY(attributes(at, call)).attr;
    if (!change.modified) change.modified = now.modified;
    if (!change.accessed) change.accessed = now.accessed.value_or(0);
  }
  if (open != nullptr) {
    write_begins(open->shared());
    TRY(open->change(change, call));
  } else {
    if (live) TRY(live->writes->drain(call));
    const Result<void> done = at.tree().change(at.place.inner, change, call);
    metadata_.changed(at.place, at.node->kind);
    if (!done) return tl::unexpected(done.error());
  }
  if (live && change.size) live->set_length(*change.size, clock_.now());
  found.attr = merged(std::move(found.attr), change);
  nodes_.update(at.node->ino, found.attr);
  return found;
}

Result<std::string> LiveFilesystem::link_target(const NodeAt& at, Call& call) {
  return at.tree().link_target(at.place.inner, call);
}

Result<StoreSpace> LiveFilesystem::space(const NodeAt& at, Call& call) {
  return at.tree().space(at.place.inner, call);
}

Result<void> LiveFilesystem::access(const NodeAt& at, int mask, Call& call) {
  if ((mask & W_OK) != 0) TRY(check_writable(at.place));
  if (mask == F_OK || at.place.fixed) return {};
  const Attr attr = TRY(attributes(at, call)).attr;
  // The server judges; its answer is foreseen from the owner's bits, as files
  // of the remote user are shown as the local user's.
  const bool own = attr.uid.value_or(::getuid()) == ::getuid();
  const mode_t bits = own ? attr.mode >> 6 : attr.mode | attr.mode >> 3;
  const auto wanted = static_cast<mode_t>(mask & (R_OK | W_OK | X_OK));
  if (attr.mode != 0 && (bits & wanted) != wanted) return fail(EACCES);
  return {};
}

Result<Listing> LiveFilesystem::list(const NodeAt& at, Call& call) {
  return metadata_.list(at.place, call);
}

Result<LiveFilesystem::OpenedFile> LiveFilesystem::open(const NodeAt& at,
                                                        int flags, Call& call) {
  const OpenMode how = mode_of(flags);
  if (how.write || how.truncate) TRY(check_writable(at.place));
  if (nodes_.gone(*at.node)) return fail(ESTALE);
  const auto live = live_node(at.node, true);
  if (how.truncate) TRY(live->writes->drain(call));
  // Its bytes are kept for as long as this goes on.
  LiveAhead::Taken ahead;
  if (!how.write && !how.truncate && !live->dirty)
    ahead = ahead_.open(at.place, call);
  std::shared_ptr<LiveFile> file = std::move(ahead.file);
  if (!file) file = TRY(at.tree().open(at.place.inner, how, 0, call));
  LiveOpen::Traits traits;
  traits.writable = how.write;
  traits.appends = (flags & O_APPEND) != 0;
  OpenedFile opened;
  opened.open = open_of(live, std::move(file), traits);
  if (how.truncate) {
    write_begins(*live);
    live->set_length(0, clock_.now());
    return opened;
  }
  if (live->dirty) {
    // The pages are those that were written, or were read in between.
    opened.keep_cache = true;
    return opened;
  }
  const Attr attr = TRY(metadata_.current(at.place, call));
  if (attr.kind != Kind::file) return fail(ESTALE);
  const Verdict verdict = judge_pages(at.node->ino, attr);
  adopt(*live, attr, verdict);
  opened.keep_cache = verdict.good;
  return opened;
}

void LiveFilesystem::write_begins(LiveNode& live) {
  const LiveStatePtr was = live.state();
  if (live.dirty.exchange(true)) return;
  // Its time may turn out to be the same afterwards.
  if (was && was->kept) contents_.drop(*was->kept);
  live.set_state(nullptr);
  pages_.lock()->erase(value_of(live.node->ino));
  if (!nodes_.gone(*live.node))
    metadata_.changed(place_of(live), live.node->kind);
}

Result<void> LiveFilesystem::write(LiveOpen& open, std::uint64_t offset,
                                   std::span<const std::byte> bytes,
                                   Where where, Call& call) {
  if (ending_) return fail(EIO);
  LiveNode& live = open.shared();
  bool elsewhere = false;
  if (open.traits().appends && where == Where::as_opened) {
    // The kernel takes its own word for the length, which may be old.
    auto length = live.length(clock_.now(), open_age);
    if (!length) {
      TRY(attributes_of(live, open, call));
      length = live.length(clock_.now(), open_age);
    }
    elsewhere = length && *length != offset;
    offset = length.value_or(offset);
  }
  write_begins(live);
  TRY(open.write(offset, bytes, call));
  live.wrote_to(offset + bytes.size());
  if (elsewhere) stale_(live.node->ino);
  return {};
}

Result<void> LiveFilesystem::flush(LiveOpen& open, Call& call) {
  LiveNode& live = open.shared();
  if (!live.dirty && !live.writes->busy()) return open.flush(call);
  // One round trip for the last writes and what the file is like then.
  const Result<Attr> attr = attributes_of(live, open, call);
  if (!attr && attr.error().code == EINTR) return tl::unexpected(attr.error());
  Result<void> done = open.flush(call);
  save_lost(live);
  return done;
}

Result<void> LiveFilesystem::sync(LiveOpen& open, Call& call) {
  Result<void> done = open.sync(call);
  save_lost(open.shared());
  return done;
}

void LiveFilesystem::release(const std::shared_ptr<LiveOpen>& open) noexcept {
  try {
    LiveNode& live = open->shared();
    Call call;
    live.remove(open);
    // What was fetched counts only if the file is still the same after it.
    const LiveStatePtr state = open->fetched() ? live.state() : nullptr;
    if (state && state->kept && !attributes_of(live, *open, call))
      contents_.drop(*state->kept);
    const Result<void> done = open->end(call);
    save_lost(live);
    const std::string path = nodes_.path_of(*live.node).str();
    if (!done && open->traits().writable) {
      LOG(warn, "{}: closed with an error: {}", path,
          done.error().detail.empty()
              ? std::generic_category().message(done.error().code)
              : done.error().detail);
    }
    if (!live.writes->busy() && live.dirty.exchange(false) &&
        !nodes_.gone(*live.node))
      metadata_.changed(place_of(live), live.node->kind);
  } catch (const std::exception& error) {
    LOG(error, "release: {}", error.what());
  }
}

}  // namespace vfsrun
