// SPDX-License-Identifier: GPL-2.0-or-later
// How much of the disk cached files may take, and which go when it is too
// much. Thread-safe. Knows nothing of what is in the files.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/cache/cached_file.hh"
#include "gateway/cache/content_cache.hh"
#include "gateway/cache/content_cache_directory.hh"
#include "gateway/cache/index.hh"
#include "gateway/cache/index_writer.hh"
#include "gateway/cache/single_flight_threads.hh"

namespace vfsrun {

/// Says once what is wrong with the disk, then holds writing off for a while
/// at each failure.
/// Where the index of that directory is.
std::string index_path(const CacheDirectory& directory);

/// `url` is what was pinned (or named), or lies below it where that ends in
/// '/'.
[[nodiscard]] bool covers(std::string_view pinned,
                          std::string_view url) noexcept;

class DiskTrouble {
 public:
  /// `said` is shared by those who are to say it once between them.
  explicit DiskTrouble(std::atomic_flag& said) noexcept : said_(said) {}

  void failed(const Error& error) noexcept;
  [[nodiscard]] bool pausing() const noexcept;

 private:
  static constexpr std::chrono::seconds pause{5};

  std::atomic<std::chrono::steady_clock::duration> until_{
      std::chrono::steady_clock::duration::min()};
  std::atomic_flag& said_;
};

/// The files of the cache directory, which outlive the process. Trims by
/// itself, on one of `threads`, as bytes are written.
class CacheBudget final : public CachedFileOwner {
 public:
  /// Both must live until `threads` has ended. Without `limit` it is 10 GiB
  /// or a tenth of the free space, whichever is less; without `free_floor`
  /// 1 GiB or a twentieth of the disk stay free.
  CacheBudget(const CacheDirectory& directory,
              std::optional<std::uint64_t> limit,
              std::optional<std::uint64_t> free_floor, FlightThreads& threads,
              std::atomic_flag& said_trouble);

  bool may_write() noexcept override;
  void wrote(std::uint64_t bytes) noexcept override;
  void disk_failed(const Error& error) noexcept override;

  void opened(const std::string& name);
  void closed(const std::string& name, std::uint64_t bytes);
  /// The file is gone. What was remembered of its url goes too, where the
  /// file still said which that is.
  void dropped(const std::string& name, const std::optional<ContentKey>& key);

  void remember(const CacheIndex::Note& note);
  std::optional<CacheIndex::Note> recall(const std::string& url);
  void doubt(const std::string& url);

  /// Evicts until at most `bytes` are left, or only files in use; gives what
  /// is left.
  std::uint64_t trim_to(std::uint64_t bytes);

 private:
  using Rows = std::vector<CacheIndex::Row>;

  template <class Operation>
  auto with_index(Operation operation)
      -> decltype(operation(std::declval<CacheIndex&>()));
  Rows files_by_age();
  [[nodiscard]] std::uint64_t limit(std::uint64_t used) const;
  void trim_soon();

  const CacheDirectory& directory_;
  std::optional<std::uint64_t> fixed_limit_;
  std::uint64_t free_floor_;
  FlightThreads& threads_;
  DiskTrouble trouble_;
  std::atomic<std::uint64_t> written_{0};  // since the last trim began
  std::uint64_t slice_;                    // trim after so many
  std::atomic<bool> trimming_{false};
  std::atomic<bool> full_{false};

  std::mutex trim_mutex_;
  std::mutex index_mutex_;  // for replacing a damaged index
  std::shared_ptr<CacheIndex> index_;
  IndexWriter later_;  // ends first: it uses the index
};

/// Files without a name, which go with the process.
class UnnamedBudget final : public CachedFileOwner {
 public:
  UnnamedBudget(std::uint64_t limit, std::atomic_flag& said_trouble) noexcept
      : limit_(limit), trouble_(said_trouble) {}

  bool may_write() noexcept override {
    return used_ < limit_ && !trouble_.pausing();
  }

  void wrote(std::uint64_t bytes) noexcept override { used_ += bytes; }

  void disk_failed(const Error& error) noexcept override {
    trouble_.failed(error);
  }

  void released(std::uint64_t bytes) noexcept { used_ -= bytes; }

  /// More than half is taken: time to let go of what nobody has open.
  [[nodiscard]] bool is_tight() const noexcept { return used_ > limit_ / 2; }

 private:
  std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
  DiskTrouble trouble_;
};

}  // namespace vfsrun
