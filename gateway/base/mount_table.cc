// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/mount_table.hh"

#include <algorithm>
#include <set>

namespace vfsrun {

MountTable::MountTable(std::vector<Mount> mounts) : mounts_(std::move(mounts)) {
  // Deepest first: the first hit of find() is the longest prefix.
  std::ranges::stable_sort(mounts_, [](const Mount& a, const Mount& b) {
    return a.path.depth() > b.path.depth();
  });
}

const Mount* MountTable::find(const VPath& path) const noexcept {
  const auto hit = std::ranges::find_if(
      mounts_, [&](const Mount& mount) { return path.is_within(mount.path); });
  return hit == mounts_.end() ? nullptr : &*hit;
}

bool MountTable::leads_to_mount(const VPath& path) const noexcept {
  return std::ranges::any_of(mounts_, [&](const Mount& mount) {
    return mount.path != path && mount.path.is_within(path);
  });
}

std::vector<std::string> MountTable::names_below(const VPath& path) const {
  std::set<std::string> names;
  for (const Mount& mount : mounts_) {
    if (mount.path == path || !mount.path.is_within(path)) continue;
    names.emplace(mount.path.below(path).components().front());
  }
  return {names.begin(), names.end()};
}

}  // namespace vfsrun
