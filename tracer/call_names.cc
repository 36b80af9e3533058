// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_names.hh"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cstring>

#include "tracer/call_structs.hh"
#include "tracer/proc_links.hh"
#include "tracer/unix_address.hh"

namespace vfsrun::tracer {

std::uint64_t argument(const SyscallEntry& entry, int index) {
  return entry.arguments.at(static_cast<std::size_t>(index));
}

int dirfd_of(const SyscallEntry& entry, const PathArgument& where) {
  if (where.dirfd < 0) return AT_FDCWD;
  return static_cast<int>(argument(entry, where.dirfd));
}

namespace {

/// Where one name of a call stands, and how the kernel would look it up.
struct NameSource {
  std::size_t index = 0;
  RemoteAddress address{};
  std::uint64_t address_size = 0;  // of a socket address; 0: a string
  int dirfd = AT_FDCWD;
  Follow last = Follow::yes;
};

class Reader {
 public:
  Reader(const Stopped& stopped, const Tracee& tracee, const SyscallRule& rule,
         const SyscallEntry& entry, const PathMap& map, Absent absent)
      : tid_(stopped.tid()),
        tracee_(tracee),
        rule_(rule),
        entry_(entry),
        map_(map),
        absent_(absent) {}

  CallNames run() {
    if (rule_.special == Special::open_how && !read_open_how())
      return std::move(out_);
    if (is_struct(rule_.special)) {
      if (fits(rule_.paths.front().only_if, entry_.arguments)) read_structs();
      return std::move(out_);
    }
    for (std::size_t i = 0; i < rule_.paths.size(); ++i) {
      const PathArgument& where = rule_.paths.at(i);
      if (where.path < 0 || !fits(where.only_if, entry_.arguments)) continue;
      const RemoteAddress address{argument(entry_, where.path)};
      if (address == RemoteAddress{0}) continue;  // legal for utimensat(2)
      std::uint64_t size = 0;
      if (rule_.special == Special::socket_address) {
        size = argument(entry_, where.path + 1);
        if (!can_be_unix_address(size)) continue;
      }
      read({i, address, size, dirfd_of(entry_, where), follow_of(i)});
      if (out_.outcome == CallNames::Outcome::absent) break;
    }
    return std::move(out_);
  }

 private:
  /// openat2(2): some flags make an absolute path start at dirfd, so that it
  /// cannot mean ours. False when the names are not to be looked at.
  bool read_open_how() {
    const auto bytes =
        fetch(RemoteAddress{argument(entry_, 2)}, sizeof(open_how));
    if (!bytes) return false;
    open_how how{};
    std::memcpy(&how, bytes->data(), sizeof how);
    open_flags_ = how.flags;
    links_count_ = (how.resolve & (RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)) == 0;
    return (how.resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH)) == 0;
  }

  /// Up to the first structure whose name has to be changed: the kernel may
  /// do some messages of many, and the program goes on with the rest.
  void read_structs() {
    const RemoteAddress at{argument(entry_, rule_.paths.front().path)};
    const std::size_t size = struct_size(rule_, entry_);
    const std::size_t count = struct_count(rule_, entry_);
    if (size * count == 0) return;
    const auto bytes = fetch(at, size * count);
    if (!bytes) return;
    for (std::size_t i = 0; i < count; ++i) {
      out_.structure = bytes->substr(i * size, size);
      const auto name =
          name_in_struct(rule_.special, *entry_.abi, out_.structure);
      if (!name) continue;
      out_.names.clear();
      out_.structures_before = i;
      read({0, RemoteAddress{name->address}, name->size, name->dirfd,
            Follow::yes});
      if (out_.outcome == CallNames::Outcome::absent || changes(out_.names))
        return;
    }
  }

  static bool changes(const std::vector<CallName>& names) {
    return !names.empty() &&
           names.front().mapping.kind != Mapping::Kind::unchanged;
  }

  [[nodiscard]] Follow follow_of(std::size_t index) const {
    const FollowRule& rule = rule_.follow;
    if (index > 0 && rule.when == FollowRule::When::if_flag) return Follow::no;
    const std::uint64_t flags = rule_.special == Special::open_how ? open_flags_
                                : rule.argument >= 0
                                    ? argument(entry_, rule.argument)
                                    : 0;
    const bool flag = (flags & rule.flag) != 0;
    switch (rule.when) {
      case FollowRule::When::never:
        return Follow::no;
      case FollowRule::When::if_flag:
        return flag ? Follow::yes : Follow::no;
      case FollowRule::When::unless_flag: {
        // open(2): O_EXCL makes a link count as an existing file.
        constexpr std::uint64_t exclusive = O_CREAT | O_EXCL;
        const bool makes =
            rule.flag == O_NOFOLLOW && (flags & exclusive) == exclusive;
        return flag || makes ? Follow::no : Follow::yes;
      }
      default:
        return Follow::yes;
    }
  }

  void read(const NameSource& source) {
    auto text = fetch(source.address, source.address_size);
    // What cannot be read, the kernel finds out itself: its errno is right.
    if (!text) return;
    if (source.address_size != 0) {
      auto path = unix_address_path(*text);
      if (!path) return;
      text = *std::move(path);
    }
    std::optional<std::string> directory;
    const auto base = [&] {
      if (!directory) directory = base_directory(tid_, source.dirfd);
      return directory;
    };
    CallName name;
    name.index = source.index;
    name.room = out_.names.size();
    name.text = *std::move(text);
    name.mapping = map_.map(name.text, base);
    if (name.mapping.kind == Mapping::Kind::unchanged &&
        name.mapping.directory.empty())
      follow_links(name, base, source);
    out_.names.push_back(std::move(name));
  }

  /// `size` bytes, or a string where it is 0.
  Result<std::string> fetch(RemoteAddress address, std::uint64_t size) {
    for (const FetchedString& fetched : tracee_.fetched) {
      if (fetched.address == address && fetched.size == size)
        return fetched.text;
    }
    auto text = read_text(tid_, address, size, absent_);
    if (!text && text.error().code == EAGAIN) {
      out_.outcome = CallNames::Outcome::absent;
      out_.missing = {tid_, address, size, std::nullopt};
    }
    return text;
  }

  void follow_links(CallName& name, const BaseDirectory& base,
                    const NameSource& source) {
    if (name.text.empty()) return;
    std::string path = name.text;
    if (!path.starts_with('/')) {
      const auto directory = base();
      if (!directory || !directory->starts_with('/') ||
          map_.to_virtual(*directory))
        return;
      path = *directory + "/" + name.text;
    }
    name.local_path = path;
    // These mean something else for us than for the program.
    if (!links_count_ || path.starts_with("/proc/")) return;
    const LinkAnswer answer = follow_local_links(path, source.last, map_);
    if (answer.kind == LinkAnswer::Kind::into_tree)
      name.mapping = map_.map(answer.path, base);
    if (answer.kind == LinkAnswer::Kind::uncached)
      out_.uncertain.push_back({std::move(path), source.last});
  }

  pid_t tid_;
  const Tracee& tracee_;
  const SyscallRule& rule_;
  const SyscallEntry& entry_;
  const PathMap& map_;
  Absent absent_;
  std::uint64_t open_flags_ = 0;
  bool links_count_ = true;
  CallNames out_;
};

}  // namespace

CallNames read_call_names(const Stopped& stopped, const Tracee& tracee,
                          const SyscallRule& rule, const SyscallEntry& entry,
                          const PathMap& map, Absent absent) {
  return Reader(stopped, tracee, rule, entry, map, absent).run();
}

}  // namespace vfsrun::tracer
