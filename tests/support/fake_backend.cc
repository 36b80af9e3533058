// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_backend.hh"

#include <algorithm>
#include <stdexcept>

namespace vfsrun::test {

namespace {
std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}
}  // namespace

void FakeBackend::put(const std::string& path, std::string content,
                      const std::string& version) {
  const std::lock_guard lock(mutex_);
  files_[path] = File{Kind::file, std::move(content), {version}, true};
}

void FakeBackend::put_unsized(const std::string& path, std::string content,
                              const std::string& version) {
  const std::lock_guard lock(mutex_);
  files_[path] = File{Kind::file, std::move(content), {version}, false};
}

void FakeBackend::put_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_[path] = File{Kind::directory, {}, {}, true};
}

void FakeBackend::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
}

void FakeBackend::put_listing(const std::string& path, DirListing listing) {
  const std::lock_guard lock(mutex_);
  listings_[path] = std::move(listing);
}

void FakeBackend::bring_head(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  head_ = bytes;
}

void FakeBackend::fail_with(const std::string& path, Error error) {
  const std::lock_guard lock(mutex_);
  errors_[path] = std::move(error);
}

void FakeBackend::throw_from(const std::string& path) {
  const std::lock_guard lock(mutex_);
  throwing_.insert(path);
}

void FakeBackend::work_again(const std::string& path) {
  const std::lock_guard lock(mutex_);
  errors_.erase(path);
  throwing_.erase(path);
}

Gate& FakeBackend::hold(const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto& gate = gates_[path];
  if (!gate) gate = std::make_unique<Gate>();
  return *gate;
}

int FakeBackend::stats(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return stats_[path];
}

int FakeBackend::stats() {
  const std::lock_guard lock(mutex_);
  int all = 0;
  for (const auto& [path, count] : stats_) all += count;
  return all;
}

int FakeBackend::reads() {
  const std::lock_guard lock(mutex_);
  return reads_;
}

int FakeBackend::lists() {
  const std::lock_guard lock(mutex_);
  return lists_;
}

int FakeBackend::conditional() {
  const std::lock_guard lock(mutex_);
  return conditional_;
}

Result<void> FakeBackend::arrive(const VPath& path, Call& call) {
  Gate* gate = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = gates_.find(path.str());
    if (found != gates_.end()) gate = found->second.get();
  }
  if (gate != nullptr && !gate->wait(call.stop)) return fail(EINTR);
  const std::lock_guard lock(mutex_);
  if (throwing_.contains(path.str())) throw std::logic_error("as told");
  const auto error = errors_.find(path.str());
  if (error != errors_.end()) return tl::unexpected(error->second);
  return {};
}

std::optional<FakeBackend::File> FakeBackend::at(const VPath& path) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path.str());
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

Attr FakeBackend::attr_of(const File& file) {
  Attr attr;
  attr.kind = file.kind;
  attr.version = file.version;
  if (file.sized && file.kind == Kind::file) attr.size = file.content.size();
  return attr;
}

Result<Probe> FakeBackend::stat(const VPath& path, const Attr* known,
                                Call& call) {
  {
    const std::lock_guard lock(mutex_);
    ++stats_[path.str()];
    if (known != nullptr) ++conditional_;
  }
  TRY(arrive(path, call));
  if (path.is_root()) {
    Probe root;
    root.attr.kind = Kind::directory;
    return root;
  }
  const std::optional<File> file = at(path);
  if (!file) return fail(ENOENT);
  if (known != nullptr && known->version == file->version) {
    Probe same;
    same.attr = *known;
    return same;
  }
  Probe probe;
  probe.attr = attr_of(*file);
  const std::lock_guard lock(mutex_);
  const auto head =
      bytes_of(file->content).first(std::min(head_, file->content.size()));
  probe.head.assign(head.begin(), head.end());
  return probe;
}

Result<DirListing> FakeBackend::list(const VPath& path, Call& call) {
  {
    const std::lock_guard lock(mutex_);
    ++lists_;
  }
  TRY(arrive(path, call));
  const std::lock_guard lock(mutex_);
  const auto found = listings_.find(path.str());
  if (found == listings_.end()) return fail(ENOSYS);
  return found->second;
}

Result<void> FakeBackend::read(const VPath& path, ByteRange range,
                               const Version& expected, const ByteSink& sink,
                               Call& call) {
  {
    const std::lock_guard lock(mutex_);
    ++reads_;
  }
  TRY(arrive(path, call));
  const std::optional<File> file = at(path);
  if (!file) return fail(ENOENT);
  if (file->version != expected) return fail(ESTALE);
  if (range.end() > file->content.size()) return fail(EIO, "past the end");
  return sink(bytes_of(file->content).subspan(range.offset, range.size));
}

Result<Attr> FakeBackend::read_whole(const VPath& path, const ByteSink& sink,
                                     Call& call) {
  const std::optional<File> file = at(path);
  if (!file) return fail(ENOENT);
  // The first half comes at once, the rest when the gate opens.
  const std::span<const std::byte> bytes = bytes_of(file->content);
  const std::size_t half = bytes.size() / 2;
  TRY(sink(bytes.first(half)));
  TRY(arrive(path, call));
  TRY(sink(bytes.subspan(half)));
  return attr_of(*file);
}

}  // namespace vfsrun::test
