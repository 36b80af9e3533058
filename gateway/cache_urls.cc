// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache_urls.hh"

#include <fmt/core.h>

namespace vfsrun {

namespace {

constexpr std::string_view host = "{host}";

/// What comes before {host}; the whole url where there is none.
std::string_view fixed_part(const Mount& mount) {
  return std::string_view(mount.url).substr(0, mount.url.find(host));
}

}  // namespace

std::string content_url(const Mount& mount, const VPath& inner) {
  std::string url = mount.url;
  std::string_view path = inner.str();
  if (url.ends_with('/')) url.pop_back();
  if (const std::size_t at = url.find(host); at != url.npos) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    url.replace(at, host.size(), name);
  }
  return url.append(path);
}

Result<VPath> virtual_path(const std::string& name, const MountTable& mounts) {
  if (name.starts_with('/')) {
    VPath path = TRY(VPath::parse(name));
    if (mounts.find(path) == nullptr)
      return fail(EINVAL, fmt::format("{}: no mount shows it", name));
    return path;
  }
  const Mount* best = nullptr;
  for (const Mount& mount : mounts.mounts()) {
    const std::string_view fixed = fixed_part(mount);
    if (!(name + "/").starts_with(fixed)) continue;
    if (best == nullptr || fixed.size() > fixed_part(*best).size())
      best = &mount;
  }
  if (best == nullptr)
    return fail(EINVAL, fmt::format("{}: no mount shows it", name));
  const std::string_view fixed = fixed_part(*best);
  return VPath::parse(
      best->path.str() + "/" +
      (name.size() > fixed.size() ? name.substr(fixed.size()) : std::string()));
}

Result<std::string> cache_url(const std::string& name,
                              const MountTable& mounts) {
  const VPath path = TRY(virtual_path(name, mounts));
  const Mount* mount = mounts.find(path);
  CHECK(mount != nullptr);
  std::string url = content_url(*mount, path.below(mount->path));
  if (name.ends_with('/') && !url.ends_with('/')) url += '/';
  return url;
}

}  // namespace vfsrun
