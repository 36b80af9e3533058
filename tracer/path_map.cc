// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/path_map.hh"

#include <algorithm>

namespace vfsrun::tracer {

namespace {

/// Canonical path of what contains `path`; "/" contains itself.
std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string child_of(const std::string& path, std::string_view name) {
  std::string out = path == "/" ? std::string() : path;
  out.append("/").append(name);
  return out;
}

bool has_parent_component(std::string_view path) {
  for (std::size_t at = path.find(".."); at != path.npos;
       at = path.find("..", at + 1)) {
    const bool begins = at == 0 || path[at - 1] == '/';
    const bool ends = at + 2 == path.size() || path[at + 2] == '/';
    if (begins && ends) return true;
  }
  return false;
}

bool has_several_components(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash != path.npos && path.find_first_not_of('/', slash) != path.npos;
}

}  // namespace

PathMap::PathMap(std::vector<VPath> roots, LocalRealpath realpath)
    : roots_(std::move(roots)), realpath_(std::move(realpath)) {}

bool PathMap::mentions_root(std::string_view path) const noexcept {
  return std::ranges::any_of(roots_, [&](const VPath& root) {
    return path.find(root.name()) != path.npos;
  });
}

bool PathMap::is_root(std::string_view path) const noexcept {
  return std::ranges::any_of(
      roots_, [&](const VPath& root) { return root.str() == path; });
}

bool PathMap::in_tree(std::string_view path) const noexcept {
  return std::ranges::any_of(roots_, [&](const VPath& root) {
    return path.starts_with(root.str()) &&
           (path.size() == root.str().size() || path[root.str().size()] == '/');
  });
}

std::string PathMap::to_hidden(std::string_view virtual_path) const {
  return hidden_ + std::string(virtual_path);
}

std::optional<std::string> PathMap::to_virtual(
    std::string_view kernel_path) const {
  if (hidden_.empty() || !kernel_path.starts_with(hidden_)) return std::nullopt;
  kernel_path.remove_prefix(hidden_.size());
  if (kernel_path.empty()) return "/";
  if (kernel_path.front() != '/') return std::nullopt;
  return std::string(kernel_path);
}

/// Follows a name component by component, with ".." taken literally inside
/// the tree (it holds no links that lead out) and asked of the file system
/// outside, where a link can make it mean something else.
class PathMap::Walk {
 public:
  Walk(const PathMap& map, std::string start, std::string_view path)
      : map_(map),
        path_(path),
        at_(std::move(start)),
        in_tree_(map.in_tree(at_)) {}

  Mapping run() {
    std::size_t next = 0;
    while (next < path_.size()) {
      const std::size_t end = std::min(path_.find('/', next), path_.size());
      if (!step(path_.substr(next, end - next), end)) break;
      next = end + 1;
    }
    return result();
  }

 private:
  /// False: a local directory on the way is missing, so the walk ends here
  /// and the kernel will find the same.
  bool step(std::string_view name, std::size_t end) {
    if (name.empty() || name == ".") return true;
    if (name != "..") {
      at_ = child_of(at_, name);
      if (!in_tree_ && map_.is_root(at_)) restart_text(end, true);
      return true;
    }
    if (in_tree_) {
      at_ = parent_of(at_);
      if (!map_.in_tree(at_)) restart_text(end, false);
      return true;
    }
    const auto resolved = map_.realpath_(at_);
    if (!resolved) return false;
    at_ = parent_of(*resolved);
    if (replaced_) restart_text(end, false);
    return true;
  }

  /// From here on the program's text up to `end` is replaced by at_.
  void restart_text(std::size_t end, bool in_tree) {
    in_tree_ = in_tree;
    replaced_ = true;
    head_ = at_;
    tail_ = end;
  }

  Mapping result() const {
    Mapping mapping;
    if (in_tree_) mapping.directory = parent_of(at_);
    if (!replaced_) return mapping;
    mapping.kind = in_tree_ ? Mapping::Kind::in_tree : Mapping::Kind::local;
    const std::string_view tail = path_.substr(tail_);
    if (head_ != "/" || tail.empty()) mapping.path = head_;
    mapping.path += tail;
    return mapping;
  }

  const PathMap& map_;
  std::string_view path_;
  std::string at_;  // canonical; local links in it are not yet resolved
  bool in_tree_;
  bool replaced_ = false;
  std::string head_;
  std::size_t tail_ = 0;
};

Mapping PathMap::map(std::string_view path, const BaseDirectory& base) const {
  if (path.empty()) return {};
  const bool mentions = mentions_root(path);
  if (path.front() == '/')
    return mentions ? Walk(*this, "/", path).run() : Mapping{};
  if (!mentions && hidden_.empty()) return {};
  if (!mentions && !has_parent_component(path) && !has_several_components(path))
    return {};
  const auto directory = base();
  if (!directory) return {};
  if (auto inside = to_virtual(*directory))
    return Walk(*this, *std::move(inside), path).run();
  return mentions ? Walk(*this, *directory, path).run() : Mapping{};
}

}  // namespace vfsrun::tracer
