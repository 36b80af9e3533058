// SPDX-License-Identifier: GPL-2.0-or-later
// The cache directory, shared by all gateways of a user at the same time:
// opens files, keeps to the budget, evicts. Thread-safe. Holds no network
// code. Every fetch ends before the cache does, so whatever the Fetch
// functions capture must not wait for the cache to end.
#pragma once

#include <boost/filesystem/path.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/result.hh"
#include "gateway/cache/cached_file.hh"

namespace vfsrun {

/// Names bytes that never change: where they are from, and which version.
struct ContentKey {
  std::string url;      ///< the mount's url joined with the path
  std::string version;  ///< Version::tag; not empty
  bool keep = true;     ///< on disk, for later runs; says nothing of identity

  bool operator==(const ContentKey&) const = default;
};

struct ContentCacheOptions {
  /// Unset: $XDG_CACHE_HOME/vfsrun, else ~/.cache/vfsrun.
  std::optional<boost::filesystem::path> directory;
  /// Bytes on disk. Unset: 10 GiB or a tenth of the free space, whichever is
  /// less.
  std::optional<std::uint64_t> budget;
  /// Bytes of the disk that stay free of the cache, whatever the budget.
  /// Unset: 1 GiB or a twentieth of the disk, whichever is less.
  std::optional<std::uint64_t> free_floor = std::nullopt;
};

class ContentCache {
 public:
  /// Never fails for the disk's sake: where the directory cannot be used or
  /// trusted, one line is logged and nothing outlives the process.
  static std::unique_ptr<ContentCache> create(
      const ContentCacheOptions& options = {});

  ContentCache(const ContentCache&) = delete;
  ContentCache& operator=(const ContentCache&) = delete;
  ~ContentCache();

  /// The file of `key`, whose length is `size`. Never evicted while the
  /// pointer lives; opens of one key share one CachedFile. EINVAL for an
  /// empty version.
  Result<std::shared_ptr<CachedFile>> open(const ContentKey& key,
                                           std::uint64_t size);
  /// A file of unknown version: seen by nobody else, gone with the pointer.
  Result<std::shared_ptr<CachedFile>> open_private(std::uint64_t size);
  /// The same with length 0, to which append() adds.
  Result<std::shared_ptr<CachedFile>> open_growing();

  using WallTime = std::chrono::sys_seconds;

  /// Notes what `url` is by now, for later runs; `confirmed`: the server said
  /// so just then, for attr.fresh_for.
  void remember(const std::string& url, const Attr& attr,
                std::optional<WallTime> confirmed = std::nullopt) noexcept;

  struct Recalled {
    Attr attr;  ///< size, time, version and fresh_for of a file
    /// Since the server confirmed it; nothing where that is not known.
    std::optional<std::chrono::seconds> age;
  };

  /// What remember() was told last, in this run or another, if bytes of that
  /// version are still there.
  [[nodiscard]] std::optional<Recalled> recall(const std::string& url);
  /// What recall() would say has turned out to be old.
  void doubt(const std::string& url) noexcept;

  /// Forgets the bytes of `key`. Whoever has it open keeps what he has.
  void drop(const ContentKey& key) noexcept;
  /// Evicts, least recently used first, until at most `budget_bytes` are on
  /// disk or only open files are left.
  void trim(std::uint64_t budget_bytes);

  /// False where nothing outlives the process.
  [[nodiscard]] bool persistent() const noexcept;

 private:
  class Impl;

  explicit ContentCache(std::unique_ptr<Impl> impl) noexcept;

  std::unique_ptr<Impl> impl_;
};

}  // namespace vfsrun
