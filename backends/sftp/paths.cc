// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/paths.hh"

#include <fmt/core.h>

#include <algorithm>

#include "gateway/base/text.hh"

namespace vfsrun::sftp {

namespace {

using Parts = std::vector<std::string_view>;

constexpr std::size_t longest_link = 4095;  // PATH_MAX

Parts parts_of(std::string_view path) {
  Parts parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return parts;
}

std::string joined(const Parts& parts, std::size_t from = 0) {
  std::string out;
  for (std::size_t i = from; i < parts.size(); ++i)
    out.append("/").append(parts[i]);
  return out;
}

/// How often `parts` begin with "..".
std::size_t steps_up(const Parts& parts) {
  std::size_t count = 0;
  while (count < parts.size() && parts[count] == "..") ++count;
  return count;
}

bool goes_up_later(const Parts& parts) {
  for (std::size_t i = steps_up(parts); i < parts.size(); ++i)
    if (parts[i] == "..") return true;
  return false;
}

/// The rest of `parts` below `top`, or nothing.
std::optional<Parts> below(const Parts& parts, std::string_view top) {
  const Parts prefix = parts_of(top);
  if (parts.size() < prefix.size() ||
      !std::equal(prefix.begin(), prefix.end(), parts.begin()))
    return std::nullopt;
  return Parts(parts.begin() + static_cast<std::ptrdiff_t>(prefix.size()),
               parts.end());
}

}  // namespace

std::string RemotePath::str() const {
  if (from_home) return path.empty() ? "." : path.substr(1);
  return path.empty() ? "/" : path;
}

std::string RemotePath::absolute(const std::string& home) const {
  if (!from_home) return str();
  return home == "/" ? (path.empty() ? "/" : path) : home + path;
}

Result<Paths> Paths::parse(const Mount& mount) {
  Paths paths;
  paths.mount_path_ = mount.path;
  const std::size_t begin = mount.url.find("://") + 3;
  const std::size_t slash =
      std::min(mount.url.find('/', begin), mount.url.size());
  const std::string authority = mount.url.substr(begin, slash - begin);
  if (authority != "{host}") {
    auto host = HostName::parse(authority);
    if (!host) return fail(EINVAL, host.error().detail);
    paths.host_ = *std::move(host);
  }
  const std::string decoded = percent_decode(mount.url.substr(slash));
  const Parts parts = parts_of(decoded);
  if (!std::ranges::all_of(parts, VPath::valid_name))
    return fail(EINVAL, "the path of its url cannot be one");
  paths.base_.from_home = !parts.empty() && parts.front() == "~";
  paths.base_.path = joined(parts, paths.base_.from_home ? 1 : 0);
  return paths;
}

RemotePath Paths::remote(std::string_view below) const {
  RemotePath out = base_;
  if (out.path.empty() && !out.from_home &&
      (below == "/~" || below.starts_with("/~/"))) {
    out.from_home = true;
    below.remove_prefix(2);
  }
  out.path += below;
  return out;
}

Result<Target> Paths::target(const VPath& path) const {
  Target target;
  if (host_) {
    target.host = host_;
    target.path = remote(path.is_root() ? std::string_view() : path.str());
    return target;
  }
  if (path.is_root()) return target;
  const std::string_view text = std::string_view(path.str()).substr(1);
  const std::size_t slash = std::min(text.find('/'), text.size());
  target.host = TRY(HostName::parse(text.substr(0, slash)));
  target.path = remote(text.substr(slash));
  return target;
}

Result<std::string> Paths::shown_link(
    const VPath& link, std::string_view text, const std::string& home,
    const std::vector<std::string>& aliases) const {
  const auto outside = [&] {
    return fail(EPERM,
                fmt::format("{}: the link leads out of the mount", link.str()));
  };
  if (text.empty() || text.find('\0') != text.npos) return fail(EIO);
  if (text.size() > longest_link) return fail(ENAMETOOLONG);
  const Parts parts = parts_of(text);
  if (goes_up_later(parts)) return fail(EAGAIN);
  const VPath folder = link.parent();
  const std::size_t depth = folder.depth() - top_depth();
  const Target place = TRY(target(folder));
  const bool absolute = text.front() == '/';
  const std::size_t up = absolute ? 0 : steps_up(parts);
  // "~" is a way of its own: above it lies not what the server has there.
  const bool in_home_view = place.path.from_home && !base_.from_home;
  if (!absolute && up <= depth - (in_home_view ? 1 : 0))
    return std::string(text);

  // As the server sees it, from its root.
  const std::string folder_path = place.path.absolute(home);
  Parts whole = absolute ? Parts() : parts_of(folder_path);
  for (const std::string_view part : parts) {
    if (part != "..") {
      whole.push_back(part);
    } else if (!whole.empty()) {
      whole.pop_back();
    }
  }
  std::optional<Parts> rest = below(whole, base_.absolute(home));
  for (const std::string& alias : aliases)
    if (!rest) rest = below(whole, alias);
  if (!rest) return outside();
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) out += "../";
  // Below the top of a server "~" means something else than its name does.
  if (!rest->empty() && rest->front() == "~" && base_.path.empty())
    return outside();
  out += rest->empty() ? "." : joined(*rest).substr(1);
  if (out.size() > longest_link) return fail(ENAMETOOLONG);
  return out;
}

std::string Paths::stored_link(const VPath& link, const std::string& target,
                               const std::string& home) const {
  const auto aim = VPath::parse(target);
  if (!target.starts_with('/') || !aim || !aim->is_within(mount_path_))
    return target;
  const VPath inner = aim->below(mount_path_);
  const auto there = this->target(inner);
  const auto here = this->target(link);
  if (!there || !here || !there->host || there->host != here->host)
    return target;
  return there->path.absolute(home);
}

}  // namespace vfsrun::sftp
