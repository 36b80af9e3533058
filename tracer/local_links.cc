// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/local_links.hh"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <deque>

#include "gateway/base/fd.hh"

namespace vfsrun::tracer {

namespace {

constexpr int links_max = 40;

/// Opens as a mere name, from the kernel's caches alone: EAGAIN where that
/// does not suffice (openat2(2), RESOLVE_CACHED; Linux 5.12).
Result<Fd> open_cached(const std::string& path, Follow last) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  if (last == Follow::no) how.flags |= O_NOFOLLOW;
  how.resolve = RESOLVE_CACHED;
  Fd fd(static_cast<int>(
      ::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!fd) return fail(errno);
  return fd;
}

bool is_link(const Fd& fd) {
  struct stat status {};

  return ::fstat(fd.get(), &status) == 0 && S_ISLNK(status.st_mode);
}

std::optional<std::string> target_of(const Fd& link) {
  std::array<char, PATH_MAX> text;
  const ssize_t n = ::readlinkat(link.get(), "", text.data(), text.size());
  if (n <= 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(n));
}

/// path_resolution(7), component by component.
class Resolution {
 public:
  Resolution(const std::string& path, Follow last, const PathMap& map)
      : last_(last), map_(map) {
    take(path);
  }

  LinkAnswer run() {
    while (!todo_.empty()) {
      std::string name = std::move(todo_.front());
      todo_.pop_front();
      if (name == "..") {
        at_.resize(at_.rfind('/') == std::string::npos ? 0 : at_.rfind('/'));
        continue;
      }
      const std::string next = at_ + "/" + name;
      const auto fd = open_cached(next, Follow::no);
      if (!fd) {
        if (fd.error().code == EAGAIN) return {LinkAnswer::Kind::uncached, {}};
        return {};
      }
      const bool followed =
          !todo_.empty() || trailing_slash_ || last_ == Follow::yes;
      if (!followed || !is_link(*fd)) {
        at_ = next;
        continue;
      }
      if (++links_ > links_max) return {};
      const auto target = target_of(*fd);
      if (!target) return {};
      if (auto answer = enter(*target)) return *answer;
    }
    return {};
  }

 private:
  /// Puts a text's components before those still to come.
  void take(std::string_view text) {
    std::deque<std::string> names;
    trailing_slash_ = todo_.empty() && text.ends_with('/');
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('/'), text.size());
      const std::string_view name = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!name.empty() && name != ".") names.emplace_back(name);
    }
    todo_.insert(todo_.begin(), names.begin(), names.end());
  }

  std::optional<LinkAnswer> enter(const std::string& target) {
    const std::string base = at_.empty() ? "/" : at_;
    std::string whole = target;
    for (const std::string& name : todo_) whole += "/" + name;
    if (trailing_slash_) whole += "/";
    const Mapping mapping =
        map_.map(whole, [&] { return std::optional<std::string>(base); });
    if (mapping.kind == Mapping::Kind::in_tree)
      return LinkAnswer{LinkAnswer::Kind::into_tree, mapping.path};
    const bool slash = trailing_slash_;
    if (target.starts_with('/')) at_.clear();
    take(target);
    trailing_slash_ = slash || (todo_.empty() && target.ends_with('/'));
    return std::nullopt;
  }

  Follow last_;
  const PathMap& map_;
  std::string at_;  // resolved so far; empty is the root
  std::deque<std::string> todo_;
  bool trailing_slash_ = false;
  int links_ = 0;
};

}  // namespace

bool is_cached_file(const std::string& path) {
  return open_cached(path, Follow::yes).has_value();
}

LinkAnswer follow_local_links(const std::string& path, Follow last,
                              const PathMap& map) {
  // Nearly always the name is there: one look settles it. A name that cannot
  // exist for the kernel fails with one of these three.
  const auto whole = open_cached(path, last);
  if (whole) return {};
  switch (whole.error().code) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
      return Resolution(path, last, map).run();
    case EAGAIN:
      return {LinkAnswer::Kind::uncached, {}};
    default:
      return {};
  }
}

}  // namespace vfsrun::tracer
