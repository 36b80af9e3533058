// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/meta_cache.hh"

#include <algorithm>

namespace vfsrun {

namespace {
constexpr std::size_t declared_limit = 10'000;
constexpr std::size_t below_limit = 100'000;
constexpr std::size_t listings_limit = 256;
/// Entries of all listings together, but for the one that was read last:
/// some 50 MB.
constexpr std::size_t listed_limit = 200'000;
}  // namespace

MetaCache::MetaCache(const Clock& clock, std::size_t limit)
    : clock_(clock), limit_(std::max<std::size_t>(limit, 1)) {}

MetaCache::Entry& MetaCache::touch(State& state, const VPath& path) {
  const auto [at, made] = state.entries.try_emplace(path);
  if (made) {
    state.uses.push_front(path);
    at->second.use = state.uses.begin();
    if (state.entries.size() > limit_) {
      // The one just made is in front, so the last is another.
      state.entries.erase(state.uses.back());
      state.uses.pop_back();
    }
  } else {
    state.uses.splice(state.uses.begin(), state.uses, at->second.use);
  }
  return at->second;
}

std::optional<MetaCache::Known> MetaCache::find(const VPath& path) {
  auto state = state_.lock();
  if (state->declared.contains(path)) {
    Known known;
    known.attr.kind = Kind::directory;
    known.declared = true;
    return known;
  }
  const auto at = state->entries.find(path);
  if (at == state->entries.end() || !at->second.attr) return std::nullopt;
  const Entry& entry = touch(*state, path);
  return Known{*entry.attr, clock_.now() - entry.since, entry.proven, false};
}

std::optional<MetaCache::Age> MetaCache::absent_since(const VPath& path) {
  auto state = state_.lock();
  const auto at = state->entries.find(path);
  if (at == state->entries.end() || !at->second.absent) return std::nullopt;
  return clock_.now() - at->second.since;
}

void MetaCache::prove_above(State& state, MetaCache& self, const VPath& path,
                            Kind kind, const VPath& root) {
  VPath child = path;
  while (child != root && !child.is_root()) {
    const VPath above = child.parent();
    Entry& entry = self.touch(state, above);
    if (entry.below.size() < below_limit)
      entry.below.insert_or_assign(std::string(child.name()), kind);
    kind = Kind::directory;
    if (!entry.attr || entry.attr->kind != Kind::directory) {
      entry.attr = Attr{};
      entry.attr->kind = Kind::directory;
    }
    entry.absent = false;
    entry.proven = true;
    entry.since = self.clock_.now();
    child = above;
  }
}

void MetaCache::put(const VPath& path, const Attr& attr, const VPath& root,
                    Age age) {
  auto state = state_.lock();
  Entry& entry = touch(*state, path);
  entry.attr = attr;
  entry.absent = false;
  entry.since = clock_.now() - age;
  if (attr.kind != Kind::directory) {
    entry.proven = false;
    entry.below.clear();
  }
  prove_above(*state, *this, path, attr.kind, root);
}

void MetaCache::put_absent(const VPath& path) {
  auto state = state_.lock();
  Entry& entry = touch(*state, path);
  entry.attr.reset();
  entry.absent = true;
  entry.proven = false;
  entry.below.clear();
  entry.since = clock_.now();
  const auto above = state->entries.find(path.parent());
  if (above == state->entries.end()) return;
  const auto name = above->second.below.find(path.name());
  if (name != above->second.below.end()) above->second.below.erase(name);
}

void MetaCache::drop(const VPath& path) {
  auto state = state_.lock();
  const auto at = state->entries.find(path);
  if (at == state->entries.end()) return;
  state->uses.erase(at->second.use);
  state->entries.erase(at);
}

Result<void> MetaCache::declare(const VPath& path, const VPath& root) {
  auto state = state_.lock();
  if (state->declared.size() >= declared_limit)
    return fail(ENOSPC, "too many directories made by mkdir");
  state->declared.try_emplace(path, true);
  Entry& entry = touch(*state, path);
  entry.absent = false;
  prove_above(*state, *this, path, Kind::directory, root);
  return {};
}

std::vector<DirEntry> MetaCache::proven_below(const VPath& path) {
  auto state = state_.lock();
  std::vector<DirEntry> names;
  const auto at = state->entries.find(path);
  if (at == state->entries.end()) return names;
  for (const auto& [name, kind] : at->second.below) {
    DirEntry entry;
    entry.name = name;
    entry.kind = kind;
    names.push_back(std::move(entry));
  }
  return names;
}

void MetaCache::put_listing(const VPath& path, DirListing found) {
  std::vector<DirEntry>& entries = found.entries;
  std::ranges::stable_sort(entries, {}, &DirEntry::name);
  const auto twice = std::ranges::unique(entries, {}, &DirEntry::name);
  entries.erase(twice.begin(), twice.end());
  entries.shrink_to_fit();
  auto state = state_.lock();
  const auto forget = [&](auto at) {
    state->listed -= at->second.entries->size();
    state->listings.erase(at);
  };
  if (const auto at = state->listings.find(path); at != state->listings.end())
    forget(at);
  while (!state->listings.empty() &&
         (state->listings.size() >= listings_limit ||
          state->listed + entries.size() > listed_limit)) {
    forget(std::ranges::min_element(state->listings, {}, [](const auto& each) {
      return each.second.since;
    }));
  }
  state->listed += entries.size();
  state->listings.insert_or_assign(
      path,
      ListedEntry{std::make_shared<std::vector<DirEntry>>(std::move(entries)),
                  clock_.now(), found.complete, false});
}

std::optional<MetaCache::KnownListing> MetaCache::listing(const VPath& path) {
  auto state = state_.lock();
  const auto at = state->listings.find(path);
  if (at == state->listings.end()) return std::nullopt;
  return KnownListing{at->second.entries, clock_.now() - at->second.since,
                      at->second.complete, at->second.wrong_dates};
}

void MetaCache::distrust_dates(const VPath& path) {
  auto state = state_.lock();
  const auto at = state->listings.find(path);
  if (at != state->listings.end()) at->second.wrong_dates = true;
}

std::optional<std::pair<DirEntry, MetaCache::Age>> MetaCache::listed(
    const VPath& path) {
  const std::optional<KnownListing> above = listing(path.parent());
  if (!above) return std::nullopt;
  const auto at = std::ranges::lower_bound(
      *above->entries, path.name(), {},
      [](const DirEntry& entry) { return std::string_view(entry.name); });
  if (at == above->entries->end() || at->name != path.name())
    return std::nullopt;
  return std::pair(*at, above->age);
}

}  // namespace vfsrun
