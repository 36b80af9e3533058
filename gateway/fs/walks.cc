// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/walks.hh"

#include <algorithm>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

/// What a question for a file brings of it at most.
constexpr std::uint64_t head_max = 64ULL * 1024;
constexpr std::chrono::seconds longest_fetch{30};

/// `name` beside `place`, in the same mount.
Place sibling(const Place& place, const std::string& name) {
  Place other = place;
  other.path = place.path.parent().child(name);
  other.inner = place.inner.parent().child(name);
  other.fixed = false;
  return other;
}

}  // namespace

std::shared_ptr<Walks::Walk> Walks::walk_of(const Place& place) {
  const VPath directory = place.path.parent();
  Listing listing = metadata_.known_listing(directory);
  if (!listing) return nullptr;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Walk>& walk = walks_[directory];
  if (walk && walk->listing == listing) return walk;
  if (!walk) order_.push_front(directory);
  walk = std::make_shared<Walk>();
  walk->listing = std::move(listing);
  for (const DirEntry& entry : *walk->listing)
    if (entry.kind == Kind::file) walk->files.push_back(&entry);
  std::shared_ptr<Walk> made = walk;
  while (order_.size() > walks_max) {
    walks_.erase(order_.back());
    order_.pop_back();
  }
  return made;
}

void Walks::opened(const Place& place, const Attr& attr) {
  if (place.mounted == nullptr || place.inner.depth() == 0) return;
  const std::shared_ptr<Walk> walk = walk_of(place);
  if (!walk) return;
  const auto found = std::ranges::lower_bound(
      walk->files, place.path.name(), {},
      [](const DirEntry* entry) -> std::string_view { return entry->name; });
  if (found == walk->files.end() || (*found)->name != place.path.name()) return;
  std::vector<std::size_t> wanted;
  {
    const std::lock_guard lock(walk->mutex);
    wanted = walk->policy.on_open(
        static_cast<std::size_t>(found - walk->files.begin()),
        walk->files.size(), std::min(attr.size.value_or(head_max), head_max));
  }
  for (const std::size_t index : wanted)
    fetch(walk, sibling(place, walk->files.at(index)->name), index);
}

void Walks::fetch(const std::shared_ptr<Walk>& walk, const Place& place,
                  std::size_t index) {
  if (budget_.room() < head_max) return;
  (void)prefetcher_.submit(
      [&metadata = metadata_, walk, place, index,
       counts = budget_.take(head_max)](const std::stop_token& stop) {
        Call call;
        call.stop = stop;
        call.priority = Priority::prefetch;
        call.deadline = std::chrono::steady_clock::now() + longest_fetch;
        const Result<Attr> attr = metadata.current(place, call);
        if (!attr) {
          LOG(debug, "ahead of a walk: {}: {}", place.path.str(),
              attr.error().detail);
        }
        const std::lock_guard lock(walk->mutex);
        walk->policy.on_fetched(
            index, attr ? std::min(attr->size.value_or(head_max), head_max)
                        : head_max);
      });
}

}  // namespace vfsrun
