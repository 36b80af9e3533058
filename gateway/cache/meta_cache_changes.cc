// SPDX-License-Identifier: GPL-2.0-or-later
// What follows for listings and all below a name from changes made here.
#include <algorithm>

#include "gateway/cache/meta_cache.hh"

namespace vfsrun {

std::vector<DirEntry>* MetaCache::own_listing(State& state, const VPath& path) {
  const auto at = state.listings.find(path);
  if (at == state.listings.end()) return nullptr;
  // Whoever reads it goes on with what he has.
  auto& entries = at->second.entries;
  if (entries.use_count() > 1)
    entries = std::make_shared<std::vector<DirEntry>>(*entries);
  return entries.get();
}

void MetaCache::add_to_listing(const VPath& directory, const DirEntry& entry) {
  auto state = state_.lock();
  std::vector<DirEntry>* entries = own_listing(*state, directory);
  if (entries == nullptr) return;
  const auto at =
      std::ranges::lower_bound(*entries, entry.name, {}, &DirEntry::name);
  if (at != entries->end() && at->name == entry.name) {
    *at = entry;
  } else {
    entries->insert(at, entry);
    ++state->listed;
  }
}

void MetaCache::take_from_listing(const VPath& path) {
  auto state = state_.lock();
  std::vector<DirEntry>* entries = own_listing(*state, path.parent());
  if (entries == nullptr) return;
  state->listed -= std::erase_if(
      *entries, [&](const DirEntry& each) { return each.name == path.name(); });
}

void MetaCache::drop_listing(const VPath& directory) {
  auto state = state_.lock();
  const auto at = state->listings.find(directory);
  if (at == state->listings.end()) return;
  state->listed -= at->second.entries->size();
  state->listings.erase(at);
}

void MetaCache::drop_tree(const VPath& path) {
  auto state = state_.lock();
  std::erase_if(state->listings, [&](const auto& each) {
    if (!each.first.is_within(path)) return false;
    state->listed -= each.second.entries->size();
    return true;
  });
  for (auto at = state->entries.begin(); at != state->entries.end();) {
    const auto entry = at++;
    if (!entry->first.is_within(path)) continue;
    state->uses.erase(entry->second.use);
    state->entries.erase(entry);
  }
}

}  // namespace vfsrun
