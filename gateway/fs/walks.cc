// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/walks.hh"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

constexpr std::chrono::seconds longest_fetch{30};
/// Larger directories are not sorted once more.
constexpr std::size_t by_number_max = 20'000;

/// `name` beside `place`, in the same mount.
Place sibling(const Place& place, const std::string& name) {
  Place other = place;
  other.path = place.path.parent().child(name);
  other.inner = place.inner.parent().child(name);
  other.fixed = false;
  return other;
}

std::vector<const DirEntry*> files_of(const Listing& listing) {
  std::vector<const DirEntry*> files;
  for (const DirEntry& entry : *listing)
    if (entry.kind == Kind::file) files.push_back(&entry);
  return files;
}

bool same_names(const std::vector<const DirEntry*>& some,
                const std::vector<const DirEntry*>& others) {
  return std::ranges::equal(some, others, {}, &DirEntry::name, &DirEntry::name);
}

/// 1, 2, 10 in place of 1, 10, 2: as scripts count.
std::vector<WalkPolicy::Indexes> other_orders(
    const std::vector<const DirEntry*>& files) {
  if (files.size() > by_number_max) return {};
  WalkPolicy::Indexes order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return ::strverscmp(files.at(a)->name.c_str(), files.at(b)->name.c_str()) <
           0;
  });
  return {std::move(order)};
}

std::uint64_t bytes_of(const Attr& attr) {
  return std::min(attr.size.value_or(Walks::head_max), Walks::head_max);
}

}  // namespace

Walks::Walk::Walk(const Listing& listed)
    : listing(listed),
      files(files_of(listed)),
      latest(listed),
      policy(files.size(), other_orders(files)) {}

std::shared_ptr<Walks::Walk> Walks::walk_of(const Place& place) {
  Listing listing = store_.listing(place);
  if (!listing) return nullptr;
  const VPath directory = place.path.parent();
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Walk>& walk = walks_[directory];
  if (walk && walk->latest == listing) return walk;
  if (walk && same_names(walk->files, files_of(listing))) {
    walk->latest = std::move(listing);
    return walk;
  }
  if (!walk) order_.push_front(directory);
  walk = std::make_shared<Walk>(listing);
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
  const std::string_view name = place.path.name();
  const auto found = std::ranges::lower_bound(
      walk->files, name, {},
      [](const DirEntry* entry) -> std::string_view { return entry->name; });
  if (found == walk->files.end() || (*found)->name != name) return;
  WalkPolicy::Indexes wanted;
  {
    const std::lock_guard lock(walk->mutex);
    wanted = walk->policy.on_open(
        static_cast<std::size_t>(found - walk->files.begin()), bytes_of(attr));
  }
  for (const std::size_t index : wanted)
    fetch(walk, sibling(place, walk->files.at(index)->name), index);
}

void Walks::fetch(const std::shared_ptr<Walk>& walk, const Place& place,
                  std::size_t index) {
  if (budget_.room() < head_max) return;
  (void)prefetcher_.submit(
      [ask = store_.fetch, walk, place, index,
       counts = budget_.take(head_max)](const std::stop_token& stop) {
        {
          const std::lock_guard lock(walk->mutex);
          if (!walk->policy.wants(index)) return;
        }
        Call call;
        call.stop = stop;
        call.priority = Priority::prefetch;
        call.deadline = std::chrono::steady_clock::now() + longest_fetch;
        const Result<Attr> attr = ask(place, call);
        if (!attr) {
          LOG(debug, "ahead of a walk: {}: {}", place.path.str(),
              attr.error().detail);
        }
        const std::lock_guard lock(walk->mutex);
        walk->policy.on_fetched(index, attr ? bytes_of(*attr) : head_max);
      });
}

}  // namespace vfsrun
