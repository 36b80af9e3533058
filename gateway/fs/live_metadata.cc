// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/live_metadata.hh"

#include <algorithm>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

using std::chrono::nanoseconds;

/// Changes that are told apart; before these, everything may have changed.
constexpr std::size_t changes_kept = 256;
/// So many questions about names of one directory within this time, and it
/// is listed: one listing costs about three of them.
constexpr int many_questions = 3;
constexpr std::chrono::seconds together{2};
/// A directory that had more names is asked for them one by one.
constexpr std::size_t large_directory = 10'000;
/// Directories whose questions are counted at the same time.
constexpr std::size_t counted = 256;
/// An open follows its own LOOKUP by this much at most, however short the
/// mount's max_age is: one walk of a path asks once.
constexpr nanoseconds walk_time = std::chrono::milliseconds(100);

nanoseconds max_age(const Place& place) {
  return place.mounted->mount.cache.max_age;
}

/// Who asks after a change does not share the answer to an older question.
std::string key(const Place& place, std::uint64_t moment) {
  return std::to_string(moment) + place.path.str();
}

}  // namespace

LiveMetadata::Moment LiveMetadata::now() { return changes_.lock()->moment; }

void LiveMetadata::mark(Change change) {
  auto changes = changes_.lock();
  ++changes->moment;
  changes->last.push_back(std::move(change));
  if (changes->last.size() > changes_kept) changes->last.pop_front();
}

std::optional<std::vector<LiveMetadata::Change>> LiveMetadata::changes_since(
    Moment since) {
  auto changes = changes_.lock();
  const Moment later = changes->moment - since;
  if (later > changes->last.size()) return std::nullopt;
  return std::vector(changes->last.end() - static_cast<std::ptrdiff_t>(later),
                     changes->last.end());
}

bool LiveMetadata::touched(const VPath& path, Moment since) {
  const auto changes = changes_since(since);
  return !changes || std::ranges::any_of(*changes, [&](const Change& each) {
    return each.path.is_within(path) || path.is_within(each.path);
  });
}

std::optional<Result<Found>> LiveMetadata::remembered(const Place& place) {
  const nanoseconds oldest = max_age(place);
  const auto known = cache_.find(place.path);
  if (known && known->age < oldest)
    return Found{known->attr, oldest - known->age};
  const auto absent = cache_.absent_since(place.path);
  const auto listing = cache_.listing(place.path.parent());
  const bool listed = listing && listing->age < oldest;
  if (absent && *absent < oldest && !(listed && listing->age < *absent))
    return fail(ENOENT);
  if (!listed) return std::nullopt;
  const auto entry = cache_.listed(place.path);
  if (!entry) {
    if (!listing->complete) return std::nullopt;
    return fail(ENOENT);
  }
  if (!entry->first.attr) return std::nullopt;
  return Found{*entry->first.attr, oldest - entry->second};
}

Result<Found> LiveMetadata::lookup(const Place& place, Call& call) {
  if (auto answer = remembered(place)) return *std::move(answer);
  list_unasked(place);
  return Found{TRY(ask(place, call)), max_age(place)};
}

std::optional<Found> LiveMetadata::known(const Place& place) {
  auto answer = remembered(place);
  if (!answer || !*answer) return std::nullopt;
  return **std::move(answer);
}

Result<Attr> LiveMetadata::current(const Place& place, Call& call) {
  if (auto answer = remembered(place)) {
    if (!*answer) return tl::unexpected(std::move(*answer).error());
    return std::move((*answer)->attr);
  }
  const auto known = cache_.find(place.path);
  if (known && known->age <= walk_time) return known->attr;
  return ask(place, call);
}

Result<Attr> LiveMetadata::ask(const Place& place, Call& call) {
  return stats_.run(key(place, now()), call, [&](Call& own) -> Result<Attr> {
    const Moment since = now();
    Result<Probe> probe =
        place.mounted->backend->stat(place.inner, nullptr, own);
    if (probe) {
      learn(place, probe->attr, since);
      return std::move(probe->attr);
    }
    if (probe.error().code == ENOENT && !touched(place.path, since))
      cache_.put_absent(place.path);
    return tl::unexpected(std::move(probe).error());
  });
}

void LiveMetadata::learn(const Place& place, const Attr& attr, Moment since) {
  if (touched(place.path, since)) return;
  // Its own root: nothing follows here for the directories above.
  cache_.put(place.path, attr, place.path);
  DirEntry entry;
  entry.name = place.path.name();
  entry.kind = attr.kind;
  entry.size = attr.size;
  entry.modified = attr.modified;
  entry.attr = attr;
  cache_.add_to_listing(place.path.parent(), entry);
}

void LiveMetadata::list_unasked(const Place& place) {
  if (place.inner.depth() < 1) return;
  Place above = place;
  above.path = place.path.parent();
  above.inner = place.inner.parent();
  // Below a {host} mount stand hosts: there is nothing to list.
  if (place.mounted->mount.has_host_template() && above.inner.is_root()) return;
  const auto listing = cache_.listing(above.path);
  if (listing && listing->entries->size() > large_directory) return;
  {
    auto asked = asked_.lock();
    if (asked->size() >= counted) asked->clear();
    Asked& count = (*asked)[above.path];
    if (clock_.now() - count.since > together) count = {0, clock_.now()};
    // Where there was a listing, its names are in use.
    if (++count.times < many_questions && !listing) return;
    count = {-1000, clock_.now()};  // not again at once
  }
  (void)prefetcher_.submit([this, above](const std::stop_token& stop) {
    Call call;
    call.stop = stop;
    call.priority = Priority::prefetch;
    const Result<Listing> listed = list(above, call);
    if (!listed) {
      LOG(debug, "unasked listing of {}: {}", above.path.str(),
          listed.error().detail);
    }
  });
}

Listing LiveMetadata::known_listing(const Place& place) {
  auto known = cache_.listing(place.path.parent());
  if (!known || known->age >= max_age(place)) return nullptr;
  return std::move(known->entries);
}

Result<Listing> LiveMetadata::list(const Place& place, Call& call) {
  if (const auto known = cache_.listing(place.path);
      known && known->age < max_age(place))
    return known->entries;
  return lists_.run(key(place, now()), call,
                    [&](Call& own) { return ask_list(place, own); });
}

Result<Listing> LiveMetadata::ask_list(const Place& place, Call& call) {
  const Moment since = now();
  const DirListing found = TRY(place.mounted->backend->list(place.inner, call));
  const auto whole =
      std::make_shared<const std::vector<DirEntry>>(found.entries);
  if (!keep_listing(place.path, found, since)) return whole;
  const auto stored = cache_.listing(place.path);
  return stored ? stored->entries : whole;
}

bool LiveMetadata::keep_listing(const VPath& path, const DirListing& found,
                                Moment since) {
  const auto changes = changes_since(since);
  if (!changes) return false;
  for (const Change& each : *changes) {
    if (path.is_within(each.path) ||
        (each.unknown && each.path.parent() == path))
      return false;
  }
  cache_.put_listing(path, found);
  // What was changed here meanwhile may be in it or not.
  for (const Change& each : *changes) {
    if (each.path.parent() != path) continue;
    if (each.kind) {
      put_unknown(each.path, *each.kind);
    } else {
      cache_.take_from_listing(each.path);
    }
  }
  return true;
}

void LiveMetadata::put_unknown(const VPath& path, Kind kind) {
  DirEntry entry;
  entry.name = path.name();
  entry.kind = kind;
  cache_.add_to_listing(path.parent(), entry);
}

void LiveMetadata::forget_times_of(const VPath& directory) {
  cache_.drop(directory);
  if (const auto listed = cache_.listed(directory))
    put_unknown(directory, listed->first.kind);
}

void LiveMetadata::changed(const Place& place, std::optional<Kind> kind) {
  mark({place.path, kind, !kind});
  const VPath above = place.path.parent();
  if (kind) {
    cache_.drop(place.path);
    put_unknown(place.path, *kind);
  } else {
    cache_.drop(place.path);
    cache_.drop_listing(above);
  }
  forget_times_of(above);
}

void LiveMetadata::made_directory(const Place& place) {
  changed(place, Kind::directory);
  DirListing empty;
  empty.complete = true;
  cache_.put_listing(place.path, empty);
}

void LiveMetadata::removed(const Place& place) {
  mark({place.path, std::nullopt, false});
  cache_.drop_listing(place.path);
  cache_.put_absent(place.path);
  cache_.take_from_listing(place.path);
  forget_times_of(place.path.parent());
}

void LiveMetadata::moved(const Place& from, const Place& to, Kind kind) {
  const auto known = cache_.find(from.path);
  const bool fresh = known && known->age < max_age(from);
  removed(from);
  if (kind == Kind::directory) {
    // All below has other names now.
    cache_.drop_tree(from.path);
    cache_.drop_tree(to.path);
    cache_.put_absent(from.path);
  }
  // rename(2) changes neither length nor times of what is renamed.
  changed(to, kind);
  if (fresh) learn(to, known->attr, now());
}

}  // namespace vfsrun
