// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/root_dir.hh"

#include <algorithm>

#include "gateway/cache_urls.hh"

namespace vfsrun {

namespace {
MountTable table_of(const std::vector<Mounted>& mounts) {
  std::vector<Mount> values;
  values.reserve(mounts.size());
  for (const Mounted& each : mounts) values.push_back(each.mount);
  return MountTable(std::move(values));
}
}  // namespace

std::string Place::url() const { return content_url(mounted->mount, inner); }

RootDir::RootDir(std::vector<Mounted> mounts, Unknown unknown)
    : table_(table_of(mounts)), mounts_(std::move(mounts)), unknown_(unknown) {}

Place RootDir::place(const VPath& path) const {
  Place place;
  place.path = path;
  place.fixed = path.is_root() || table_.leads_to_mount(path);
  const Mount* mount = table_.find(path);
  if (mount == nullptr) return place;
  const auto at = std::ranges::find_if(mounts_, [&](const Mounted& each) {
    return each.mount.path == mount->path;
  });
  CHECK(at != mounts_.end());
  place.mounted = &*at;
  place.inner = path.below(mount->path);
  if (place.inner.is_root()) place.fixed = true;
  return place;
}

std::vector<DirEntry> RootDir::names_below(const VPath& path) const {
  std::vector<DirEntry> entries;
  for (std::string& name : table_.names_below(path)) {
    DirEntry entry;
    entry.name = std::move(name);
    entry.kind = Kind::directory;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace vfsrun
