// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_live_backend.hh"

#include <algorithm>

namespace vfsrun::test {

class FakeLiveBackend::File final : public LiveFile {
 public:
  File(FakeLiveBackend& store, InodePtr inode)
      : store_(store), inode_(std::move(inode)) {
    ++store_.open_files_;
  }

  ~File() override {
    store_.server_.give_up(this);
    --store_.open_files_;
  }

  // Who asks may leave before the answer, and take the file with him.
  Result<void> read(ByteRange range, const ByteSink& sink,
                    Call& call) override {
    const std::string bytes = TRY(store_.ask<std::string>(
        "read", call, [inode = inode_, range]() -> Result<std::string> {
          if (range.offset >= inode->content.size()) return std::string();
          return inode->content.substr(range.offset, range.size);
        }));
    return sink(std::as_bytes(std::span(bytes)));
  }

  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes,
                     Call& call) override {
    return store_.ask<void>("write", call, [this, offset, bytes] {
      put(offset, bytes);
      return Result<void>();
    });
  }

  Result<Attr> attributes(Call& call) override {
    return store_.ask<Attr>("fstat", call, [inode = inode_] {
      Attr attr = inode->attr;
      attr.size = inode->content.size();
      return Result<Attr>(attr);
    });
  }

  Result<void> change(const AttrChange& change, Call& call) override {
    return store_.ask<void>("change", call, [this, change] {
      store_.apply(*inode_, change);
      return Result<void>();
    });
  }

  void start_write(std::uint64_t offset, std::span<const std::byte> bytes,
                   Done done) override {
    start(
        "write", [this, offset, bytes] { put(offset, bytes); },
        std::move(done));
  }

  void start_change(const AttrChange& change, Done done) override {
    start(
        "change", [this, change] { store_.apply(*inode_, change); },
        std::move(done));
  }

  Result<void> sync(Call& call) override {
    return store_.ask<void>("sync", call, [] { return Result<void>(); });
  }

  Result<void> close(Call& call) override {
    return store_.ask<void>("close", call, [] { return Result<void>(); });
  }

 private:
  void put(std::uint64_t offset, std::span<const std::byte> bytes) {
    std::string& content = inode_->content;
    if (content.size() < offset + bytes.size())
      content.resize(offset + bytes.size());
    std::copy_n(reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                content.begin() + static_cast<std::ptrdiff_t>(offset));
    store_.touch(*inode_);
  }

  void start(const std::string& request, std::function<void()> work,
             Done done) {
    store_.server_.start(
        this, request,
        [this, work = std::move(work)]() -> Result<void> {
          const std::lock_guard lock(store_.mutex_);
          work();
          return {};
        },
        std::move(done));
  }

  FakeLiveBackend& store_;
  const InodePtr inode_;
};

template <class T>
Result<T> FakeLiveBackend::ask(const std::string& request, Call& call,
                               std::function<Result<T>()> work) {
  return server_.ask<T>(request, call,
                        [this, work = std::move(work)]() -> Result<T> {
                          const std::lock_guard lock(mutex_);
                          return work();
                        });
}

void FakeLiveBackend::touch(Inode& inode) const { inode.attr.modified = now_; }

FakeLiveBackend::InodePtr FakeLiveBackend::make(Kind kind, mode_t mode) const {
  auto inode = std::make_shared<Inode>();
  inode->attr.kind = kind;
  inode->attr.mode = mode;
  inode->attr.modified = inode->attr.accessed = now_;
  return inode;
}

void FakeLiveBackend::apply(Inode& inode, const AttrChange& change) const {
  if (change.size) {
    inode.content.resize(*change.size);
    touch(inode);
  }
  if (change.mode) inode.attr.mode = *change.mode;
  if (change.accessed) inode.attr.accessed = change.accessed;
  if (change.modified) inode.attr.modified = change.modified;
}

void FakeLiveBackend::put(const std::string& path, std::string content) {
  const std::lock_guard lock(mutex_);
  InodePtr& inode = tree_[VPath::parse(path).value()];
  if (!inode) inode = make(Kind::file, 0644);
  inode->content = std::move(content);
  touch(*inode);
}

void FakeLiveBackend::put_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  tree_[VPath::parse(path).value()] = make(Kind::directory, 0755);
}

void FakeLiveBackend::put_mode(const std::string& path, mode_t mode) {
  const std::lock_guard lock(mutex_);
  tree_.at(VPath::parse(path).value())->attr.mode = mode;
}

void FakeLiveBackend::erase(const std::string& path) {
  const std::lock_guard lock(mutex_);
  tree_.erase(VPath::parse(path).value());
}

std::optional<std::string> FakeLiveBackend::content(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = tree_.find(VPath::parse(path).value());
  if (found == tree_.end()) return std::nullopt;
  return found->second->content;
}

std::optional<mode_t> FakeLiveBackend::mode(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = tree_.find(VPath::parse(path).value());
  if (found == tree_.end()) return std::nullopt;
  return found->second->attr.mode;
}

void FakeLiveBackend::set_time(std::time_t now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

Result<FakeLiveBackend::InodePtr> FakeLiveBackend::at(const VPath& path) {
  if (path.is_root()) return make(Kind::directory, 0755);
  const auto found = tree_.find(path);
  if (found == tree_.end()) return fail(ENOENT);
  return found->second;
}

Result<void> FakeLiveBackend::parent_exists(const VPath& path) {
  const InodePtr parent = TRY(at(path.parent()));
  if (parent->attr.kind != Kind::directory) return fail(ENOTDIR);
  return {};
}

Result<Probe> FakeLiveBackend::stat(const VPath& path, const Attr* /*known*/,
                                    Call& call) {
  return ask<Probe>("stat", call, [this, path]() -> Result<Probe> {
    const InodePtr inode = TRY(at(path));
    Probe probe;
    probe.attr = inode->attr;
    probe.attr.size = inode->content.size();
    return probe;
  });
}

Result<DirListing> FakeLiveBackend::list(const VPath& path, Call& call) {
  return ask<DirListing>("list", call, [this, path]() -> Result<DirListing> {
    if (TRY(at(path))->attr.kind != Kind::directory) return fail(ENOTDIR);
    DirListing found;
    found.complete = true;
    for (const auto& [name, inode] : tree_) {
      if (name.is_root() || name.parent() != path) continue;
      DirEntry entry;
      entry.name = name.name();
      entry.kind = inode->attr.kind;
      entry.attr = inode->attr;
      entry.attr->size = inode->content.size();
      found.entries.push_back(std::move(entry));
    }
    return found;
  });
}

Result<void> FakeLiveBackend::read(const VPath& /*path*/, ByteRange /*range*/,
                                   const Version& /*expected*/,
                                   const ByteSink& /*sink*/, Call& /*call*/) {
  return fail(ENOSYS, "read by path");
}

Result<Attr> FakeLiveBackend::read_whole(const VPath& /*path*/,
                                         const ByteSink& /*sink*/,
                                         Call& /*call*/) {
  return fail(ENOSYS, "read by path");
}

Result<std::unique_ptr<LiveFile>> FakeLiveBackend::open(const VPath& path,
                                                        OpenMode how,
                                                        mode_t mode,
                                                        Call& call) {
  const auto inode = ask<InodePtr>(
      "open", call, [this, path, how, mode]() -> Result<InodePtr> {
        TRY(parent_exists(path));
        const auto found = tree_.find(path);
        if (found == tree_.end()) {
          if (!how.create) return fail(ENOENT);
          return tree_[path] = make(Kind::file, mode);
        }
        if (how.create && how.exclusive) return fail(EEXIST);
        if (found->second->attr.kind == Kind::directory) return fail(EISDIR);
        if (how.write && (found->second->attr.mode & 0200) == 0)
          return fail(EACCES);
        if (how.truncate) {
          found->second->content.clear();
          touch(*found->second);
        }
        return found->second;
      });
  if (!inode) return tl::unexpected(inode.error());
  return std::make_unique<File>(*this, *inode);
}

Result<void> FakeLiveBackend::change(const VPath& path,
                                     const AttrChange& change, Call& call) {
  return ask<void>("change", call, [this, path, change]() -> Result<void> {
    apply(*TRY(at(path)), change);
    return {};
  });
}

Result<void> FakeLiveBackend::make_directory(const VPath& path, mode_t mode,
                                             Call& call) {
  return ask<void>("mkdir", call, [this, path, mode]() -> Result<void> {
    TRY(parent_exists(path));
    if (!tree_.try_emplace(path, make(Kind::directory, mode)).second)
      return fail(EEXIST);
    return {};
  });
}

Result<void> FakeLiveBackend::remove(const VPath& path, Kind kind, Call& call) {
  return ask<void>("remove", call, [this, path, kind]() -> Result<void> {
    const InodePtr inode = TRY(at(path));
    const bool directory = inode->attr.kind == Kind::directory;
    if (directory != (kind == Kind::directory))
      return fail(directory ? EISDIR : ENOTDIR);
    for (const auto& [name, each] : tree_)
      if (name != path && name.is_within(path)) return fail(ENOTEMPTY);
    tree_.erase(path);
    return {};
  });
}

Result<void> FakeLiveBackend::rename(const VPath& from, const VPath& to,
                                     Over over, Call& call) {
  return ask<void>("rename", call, [this, from, to, over]() -> Result<void> {
    TRY(at(from));
    TRY(parent_exists(to));
    if (over == Over::refuse && tree_.contains(to)) return fail(EEXIST);
    std::map<VPath, InodePtr> moved;
    for (auto at = tree_.lower_bound(from); at != tree_.end();) {
      if (!at->first.is_within(from)) {
        ++at;
        continue;
      }
      moved.emplace(at->first == from ? to : to.join(at->first.below(from)),
                    at->second);
      at = tree_.erase(at);
    }
    for (auto& [path, inode] : moved) tree_[path] = inode;
    return {};
  });
}

Result<std::string> FakeLiveBackend::link_target(const VPath& path,
                                                 Call& call) {
  return ask<std::string>(
      "readlink", call,
      [this, path]() -> Result<std::string> { return TRY(at(path))->content; });
}

Result<void> FakeLiveBackend::make_link(const VPath& path,
                                        const std::string& target, Call& call) {
  return ask<void>("symlink", call, [this, path, target]() -> Result<void> {
    TRY(parent_exists(path));
    if (tree_.contains(path)) return fail(EEXIST);
    const InodePtr inode = make(Kind::symlink, 0777);
    inode->content = target;
    tree_[path] = inode;
    return {};
  });
}

Result<void> FakeLiveBackend::make_hard_link(const VPath& from, const VPath& to,
                                             Call& call) {
  return ask<void>("link", call, [this, from, to]() -> Result<void> {
    const InodePtr inode = TRY(at(from));
    if (!tree_.try_emplace(to, inode).second) return fail(EEXIST);
    return {};
  });
}

Result<StoreSpace> FakeLiveBackend::space(const VPath& /*path*/, Call& call) {
  return ask<StoreSpace>("space", call, []() -> Result<StoreSpace> {
    StoreSpace space;
    space.total = 4096UL * 1000;
    space.free = 4096UL * 500;
    space.available = 4096UL * 400;
    return space;
  });
}

}  // namespace vfsrun::test
