// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/live_ahead.hh"

#include "gateway/fs/live_state.hh"

namespace vfsrun {

namespace {

constexpr std::chrono::milliseconds look_for_old{250};

/// Whose bytes may be kept, and are few enough to be fetched unasked.
bool fits(const Attr& attr) {
  return attr.kind == Kind::file && attr.size &&
         *attr.size <= Walks::head_max && surely_past(attr);
}

bool same_state(const Attr& some, const Attr& other) {
  return some.kind == other.kind && some.size == other.size &&
         some.modified == other.modified;
}

/// For what was not fetched.
Attr nothing() {
  Attr attr;
  attr.size = 0;
  return attr;
}

}  // namespace

LiveAhead::LiveAhead(LiveMetadata& metadata, ContentCache& contents,
                     ReadAheadBudget& budget, const Clock& clock)
    : metadata_(metadata),
      contents_(contents),
      clock_(clock),
      walks_(for_walks(), prefetcher_, budget) {}

LiveAhead::~LiveAhead() { prefetcher_.stop(); }

Walks::Store LiveAhead::for_walks() {
  return {
      [this](const Place& place) { return metadata_.known_listing(place); },
      [this](const Place& place, Call& call) { return fetch(place, call); }};
}

LiveAhead::Taken LiveAhead::open(const Place& place, Call& call) {
  const auto known = metadata_.known(place);
  if (!known) return {};
  walks_.opened(place, known->attr);
  return take(place, call);
}

LiveAhead::Taken LiveAhead::take(const Place& place, Call& call) {
  EntryPtr entry;
  {
    std::unique_lock lock(mutex_);
    const auto at = entries_.find(place.path);
    if (at == entries_.end()) return {};
    entry = at->second;
    if (!changed_.wait_until(lock, call.stop, call.deadline,
                             [&] { return entry->done; }))
      return {};
    // Others may have waited for it too.
    const auto now = entries_.find(place.path);
    if (now == entries_.end() || now->second != entry) return {};
    entries_.erase(now);
  }
  const auto known = metadata_.known(place);
  if (!known || !same_state(known->attr, entry->attr) ||
      clock_.now() >= entry->end || metadata_.touched(place.path, entry->since))
    return {};
  return std::move(entry->what);
}

Result<Attr> LiveAhead::fetch(const Place& place, Call& call) {
  const auto known = metadata_.known(place);
  if (!known || !fits(known->attr)) return nothing();
  const EntryPtr entry = begin(place);
  if (!entry) return nothing();
  entry->attr = known->attr;
  const Result<void> there = bring(place, *entry, call);
  if (!there) entry->what = {};
  finish(place, entry, there.has_value());
  if (!there) return tl::unexpected(there.error());
  return entry->attr;
}

/// The entry is nobody else's before finish().
Result<void> LiveAhead::bring(const Place& place, Entry& entry, Call& call) {
  entry.since = metadata_.now();
  OpenMode how;
  how.read = true;
  entry.what.file =
      TRY(place.mounted->backend->live()->open(place.inner, how, 0, call));
  const ContentKey key = key_of_state(place, entry.attr);
  entry.what.content = TRY(contents_.open(key, *entry.attr.size));
  const ByteRange whole{0, *entry.attr.size};
  if (entry.what.content->probably_holds(whole)) return {};
  const Result<void> loaded = entry.what.content->load(
      whole,
      [file = entry.what.file](ByteRange range, const ByteSink& sink,
                               Call& own) {
        return file->read(range, sink, own);
      },
      call);
  // They count only if the file is still the same after it.
  const Result<Attr> now = entry.what.file->attributes(call);
  if (now) metadata_.learn(place, *now, entry.since);
  if (loaded && now && same_state(*now, entry.attr)) return {};
  contents_.drop(key);
  if (!loaded) return loaded;
  if (!now) return tl::unexpected(now.error());
  return fail(ESTALE, "it was changed meanwhile");
}

LiveAhead::EntryPtr LiveAhead::begin(const Place& place) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= open_max) return nullptr;
  const auto [at, fresh] = entries_.try_emplace(place.path);
  if (!fresh) return nullptr;
  at->second = std::make_shared<Entry>();
  at->second->end = clock_.now() + place.mounted->mount.cache.max_age;
  if (!closer_.joinable())
    closer_ =
        std::jthread([this](const std::stop_token& stop) { close_old(stop); });
  changed_.notify_all();
  return at->second;
}

void LiveAhead::finish(const Place& place, const EntryPtr& entry, bool there) {
  const std::lock_guard lock(mutex_);
  entry->done = true;
  if (!there) entries_.erase(place.path);
  changed_.notify_all();
}

void LiveAhead::close_old(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return !entries_.empty(); }) &&
         !stop.stop_requested()) {
    std::vector<EntryPtr> old;  // closed without the lock
    std::erase_if(entries_, [&](auto& each) {
      if (!each.second->done || clock_.now() < each.second->end) return false;
      old.push_back(std::move(each.second));
      return true;
    });
    lock.unlock();
    old.clear();
    lock.lock();
    (void)changed_.wait_for(lock, stop, look_for_old, [] { return false; });
  }
}

}  // namespace vfsrun
