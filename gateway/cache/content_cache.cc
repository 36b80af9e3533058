// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/content_cache.hh"

#include <algorithm>
#include <atomic>
#include <boost/filesystem.hpp>
#include <list>
#include <mutex>
#include <unordered_map>

#include "gateway/base/log.hh"
#include "gateway/cache/content_cache_budget.hh"
#include "gateway/cache/content_cache_directory.hh"

namespace vfsrun {

namespace {

namespace fs = boost::filesystem;
using FilePtr = std::shared_ptr<CachedFile>;

// How many files a cache without a directory keeps open for their next use.
constexpr std::size_t kept_max = 256;
constexpr std::uint64_t unnamed_max = 1ULL << 30;

/// NUL occurs in neither part, so no two keys give the same text.
std::string text_of(const ContentKey& key) {
  return key.url + '\0' + key.version;
}

std::optional<CacheDirectory> find_directory(
    const ContentCacheOptions& options) {
  const auto path =
      options.directory ? options.directory : default_cache_directory();
  auto directory = path
                       ? CacheDirectory::open(*path)
                       : fail(ENOENT, "neither XDG_CACHE_HOME nor HOME is set");
  if (directory) return *std::move(directory);
  LOG(warn, "disk cache: {}; nothing is kept after this run",
      directory.error().detail);
  return std::nullopt;
}

std::uint64_t unnamed_limit(const ContentCacheOptions& options,
                            const fs::path& directory) {
  if (options.budget) return *options.budget;
  boost::system::error_code error;
  const fs::space_info space = fs::space(directory, error);
  return error ? 0 : std::min(unnamed_max, space.available / 10);
}

}  // namespace

/// Lock order: mutex_ → CachedFile; the budgets' locks come last.
class ContentCache::Impl {
 public:
  explicit Impl(const ContentCacheOptions& options)
      : directory_(find_directory(options)),
        unnamed_in_(directory_ ? directory_->path() : temporary_directory()),
        unnamed_(unnamed_limit(options, unnamed_in_), said_trouble_) {
    if (directory_)
      budget_.emplace(*directory_, options.budget, options.free_floor, threads_,
                      said_trouble_);
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    kept_.clear();
    const std::lock_guard lock(mutex_);
    for (const auto& [name, weak] : files_) {
      if (const FilePtr file = weak.lock()) file->stop_flights();
    }
  }

  Result<FilePtr> open(const ContentKey& key, std::uint64_t size);
  void remember_url(const std::string& url, const Attr& attr,
                    std::optional<WallTime> confirmed);
  std::optional<Recalled> recall(const std::string& url);

  void doubt(const std::string& url) {
    if (budget_) budget_->doubt(url);
  }

  FilePtr make_unnamed(std::uint64_t size);
  void drop(const ContentKey& key);

  void trim(std::uint64_t budget_bytes) {
    if (budget_) {
      budget_->trim_to(budget_bytes);
      return;
    }
    const std::lock_guard lock(mutex_);
    kept_.clear();
  }

  [[nodiscard]] bool persistent() const noexcept {
    return directory_.has_value();
  }

 private:
  Result<BlockStore> open_store(const std::string& name, std::string_view key,
                                std::uint64_t size);
  FilePtr make_named(const std::string& name, std::string_view key,
                     std::uint64_t size);
  void remember(const std::string& key, const FilePtr& file, bool named);

  std::atomic_flag said_trouble_ = ATOMIC_FLAG_INIT;
  std::optional<CacheDirectory> directory_;
  fs::path unnamed_in_;
  UnnamedBudget unnamed_;
  std::optional<CacheBudget> budget_;

  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<CachedFile>> files_;
  std::size_t purge_at_ = 1024;  // forget ended entries of files_ then
  std::list<FilePtr> kept_;      // without a directory: used last at the end

  FlightThreads threads_;  // ends first: its tasks use all of the above
};

Result<FilePtr> ContentCache::Impl::open(const ContentKey& key,
                                         std::uint64_t size) {
  if (key.version.empty())
    return fail(EINVAL, "a file of unknown version cannot be shared");
  const std::string text = text_of(key);
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(text);
  if (known != files_.end()) {
    const FilePtr file = known->second.lock();
    // One version has one length; a store that says otherwise is not trusted
    // with what others read.
    if (file && file->size() != size) return make_unnamed(size);
    if (file) {
      remember(text, file, directory_ && key.keep);
      return file;
    }
  }
  FilePtr file;
  if (directory_ && key.keep) file = make_named(object_name(text), text, size);
  if (!file) file = make_unnamed(size);
  remember(text, file, directory_ && key.keep);
  return file;
}

void ContentCache::Impl::remember_url(const std::string& url, const Attr& attr,
                                      std::optional<WallTime> confirmed) {
  if (!budget_ || !attr.version.known() || !attr.size) return;
  CacheIndex::Note note{url, attr.version.tag, *attr.size, attr.modified};
  if (confirmed) {
    note.confirmed = confirmed->time_since_epoch().count();
    if (attr.fresh_for) note.fresh_for = attr.fresh_for->count();
  }
  budget_->remember(note);
}

std::optional<ContentCache::Recalled> ContentCache::Impl::recall(
    const std::string& url) {
  if (!budget_) return std::nullopt;
  const auto note = budget_->recall(url);
  if (!note) return std::nullopt;
  const std::string name = object_name(text_of({url, note->version}));
  if (directory_->bytes_of_object(name) == 0) return std::nullopt;
  Recalled recalled;
  recalled.attr.size = note->size;
  recalled.attr.modified = note->modified;
  recalled.attr.version.tag = note->version;
  if (note->fresh_for)
    recalled.attr.fresh_for = std::chrono::seconds(*note->fresh_for);
  const auto age = std::chrono::floor<std::chrono::seconds>(
                       std::chrono::system_clock::now()) -
                   WallTime(std::chrono::seconds(note->confirmed));
  // A clock that was set back knows nothing of what came after.
  if (note->confirmed > 0 && age >= age.zero()) recalled.age = age;
  return recalled;
}

FilePtr ContentCache::Impl::make_unnamed(std::uint64_t size) {
  BlockStore store;
  auto fd = make_unnamed_file(unnamed_in_);
  // Somebody may have removed the cache directory meanwhile.
  if (!fd) fd = make_unnamed_file(temporary_directory());
  if (fd) {
    store = BlockStore::unnamed(*std::move(fd));
  } else {
    unnamed_.disk_failed(fd.error());
  }
  return std::make_shared<CachedFile>(
      std::move(store), size, unnamed_, threads_,
      [this](const BlockStore&, std::uint64_t written) {
        unnamed_.released(written);
      });
}

Result<BlockStore> ContentCache::Impl::open_store(const std::string& name,
                                                  std::string_view key,
                                                  std::uint64_t size) {
  // Another process may make, damage or evict the file at each step.
  for (int tries = 0; tries < 4; ++tries) {
    auto fd = directory_->open_object(name);
    if (!fd && fd.error().code == ENOENT) {
      fd = directory_->make_object(
          name, [&](int file) { return BlockStore::format(file, key, size); });
    }
    if (!fd && (fd.error().code == EEXIST || fd.error().code == EAGAIN))
      continue;
    if (!fd) return tl::unexpected(fd.error());
    auto store = BlockStore::open(*std::move(fd), key, size);
    if (store || store.error().code == EFBIG) return store;
    LOG(info, "disk cache: {}: {}; thrown away", name, store.error().detail);
    directory_->remove_object(name);
  }
  return fail(EAGAIN, "the file keeps changing");
}

FilePtr ContentCache::Impl::make_named(const std::string& name,
                                       std::string_view key,
                                       std::uint64_t size) {
  auto store = open_store(name, key, size);
  if (!store) {
    // A length that no file can have is the server's fault, not the disk's.
    if (store.error().code != EFBIG) budget_->disk_failed(store.error());
    return nullptr;
  }
  budget_->opened(name);
  return std::make_shared<CachedFile>(
      *std::move(store), size, *budget_, threads_,
      [this, name](const BlockStore& closed, std::uint64_t) {
        budget_->closed(name, closed.bytes_on_disk());
      });
}

void ContentCache::Impl::remember(const std::string& key, const FilePtr& file,
                                  bool named) {
  files_[key] = file;
  if (files_.size() >= purge_at_) {
    std::erase_if(files_,
                  [](const auto& entry) { return entry.second.expired(); });
    purge_at_ = std::max<std::size_t>(1024, files_.size() * 2);
  }
  if (named) return;
  kept_.remove(file);
  kept_.push_back(file);
  while (kept_.size() > kept_max || (unnamed_.is_tight() && kept_.size() > 1))
    kept_.pop_front();
}

void ContentCache::Impl::drop(const ContentKey& key) {
  const std::string text = text_of(key);
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(text);
  if (known != files_.end()) {
    if (const FilePtr file = known->second.lock()) kept_.remove(file);
    files_.erase(known);
  }
  if (!directory_) return;
  directory_->remove_object(object_name(text));
  budget_->dropped(object_name(text), key);
}

ContentCache::ContentCache(std::unique_ptr<Impl> impl) noexcept
    : impl_(std::move(impl)) {}

ContentCache::~ContentCache() = default;

std::unique_ptr<ContentCache> ContentCache::create(
    const ContentCacheOptions& options) {
  return std::unique_ptr<ContentCache>(
      new ContentCache(std::make_unique<Impl>(options)));
}

Result<FilePtr> ContentCache::open(const ContentKey& key, std::uint64_t size) {
  return impl_->open(key, size);
}

Result<FilePtr> ContentCache::open_private(std::uint64_t size) {
  return impl_->make_unnamed(size);
}

Result<FilePtr> ContentCache::open_growing() { return impl_->make_unnamed(0); }

void ContentCache::remember(const std::string& url, const Attr& attr,
                            std::optional<WallTime> confirmed) noexcept {
  impl_->remember_url(url, attr, confirmed);
}

std::optional<ContentCache::Recalled> ContentCache::recall(
    const std::string& url) {
  return impl_->recall(url);
}

void ContentCache::doubt(const std::string& url) noexcept { impl_->doubt(url); }

void ContentCache::drop(const ContentKey& key) noexcept { impl_->drop(key); }

void ContentCache::trim(std::uint64_t budget_bytes) {
  impl_->trim(budget_bytes);
}

bool ContentCache::persistent() const noexcept { return impl_->persistent(); }

}  // namespace vfsrun
