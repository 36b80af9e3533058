// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/attributes_ahead.hh"

#include <algorithm>

namespace vfsrun {

AttributesAhead::~AttributesAhead() { stop_.request_stop(); }

void AttributesAhead::asked(const VPath& directory, const Listing& listing,
                            std::string_view name, const Ask& ask) {
  const auto at = std::ranges::lower_bound(
      *listing, name, {},
      [](const DirEntry& entry) { return std::string_view(entry.name); });
  if (at == listing->end() || at->name != name) return;
  const auto position = static_cast<std::size_t>(at - listing->begin());
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    if (walks_.size() >= walks_max && !walks_.contains(directory))
      walks_.erase(walks_.begin());
    const auto [found, fresh] = walks_.try_emplace(directory);
    Walk& walk = found->second;
    const bool on_its_way = !fresh && walk.listing == listing &&
                            position > walk.last &&
                            position - walk.last <= stride;
    if (!on_its_way) walk.ahead = position + 1;
    walk.listing = listing;
    walk.last = position;
    if (!on_its_way) return;
    walk.ahead = std::max(walk.ahead, position + 1);
    for (; walk.ahead < listing->size() && running_ < at_once; ++walk.ahead) {
      const DirEntry& next = listing->at(walk.ahead);
      if (next.kind != Kind::file || next.attr) continue;
      names.push_back(next.name);
      ++running_;
    }
  }
  for (std::string& next : names) {
    const bool taken = threads_.run([this, next = std::move(next), ask] {
      if (!stop_.stop_requested()) ask(next, stop_.get_token());
      const std::lock_guard lock(mutex_);
      --running_;
    });
    if (taken) continue;
    const std::lock_guard lock(mutex_);
    --running_;
  }
}

}  // namespace vfsrun
