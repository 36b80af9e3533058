// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/content_cache_budget.hh"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/log.hh"
#include "gateway/cache/cached_file_store.hh"

namespace vfsrun {

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t largest_default = 10UL * 1024 * mebibyte;
constexpr std::uint64_t largest_floor = 1024 * mebibyte;

std::int64_t now_for_index() {
  // Compared between processes and runs, so not the steady clock.
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<CacheIndex> open_index(const std::string& path) {
  auto index = CacheIndex::open(path);
  if (!index && index.error().code == EBADMSG) {
    LOG(info, "{}; made anew", index.error().detail);
    CacheIndex::remove_files(path);
    index = CacheIndex::open(path);
  }
  if (index) return *std::move(index);
  // Files are still found by looking into the directory.
  LOG(info, "{}", index.error().detail);
  return nullptr;
}

/// The url and version of a file, as its own header says.
std::optional<ContentKey> key_of(const CacheDirectory& directory,
                                 const std::string& name) {
  const auto fd = directory.open_object(name);
  const auto described = fd ? BlockStore::describe(fd->get()) : fail(ENOENT);
  if (!described) return std::nullopt;
  const std::string& key = described->first;
  const std::size_t end = std::min(key.find('\0'), key.size());
  return ContentKey{key.substr(0, end),
                    key.substr(std::min(end + 1, key.size()))};
}

bool is_pinned(std::string_view url, const std::vector<std::string>& pinned) {
  return std::ranges::any_of(
      pinned, [&](const std::string& each) { return covers(each, url); });
}

}  // namespace

std::string index_path(const CacheDirectory& directory) {
  return (directory.path() / "index.sqlite").string();
}

void DiskTrouble::failed(const Error& error) noexcept {
  until_ = std::chrono::steady_clock::now().time_since_epoch() + pause;
  if (!said_.test_and_set())
    LOG(warn, "disk cache: {}; reading on without it", error.detail);
}

bool DiskTrouble::pausing() const noexcept {
  return std::chrono::steady_clock::now().time_since_epoch() < until_.load();
}

bool covers(std::string_view pinned, std::string_view url) noexcept {
  return pinned == url || (pinned.ends_with('/') && url.starts_with(pinned));
}

CacheBudget::CacheBudget(const CacheDirectory& directory,
                         std::optional<std::uint64_t> limit,
                         std::optional<std::uint64_t> free_floor,
                         FlightThreads& threads, std::atomic_flag& said_trouble)
    : directory_(directory),
      fixed_limit_(limit),
      free_floor_(free_floor.value_or(
          std::min(largest_floor, directory.space().capacity / 20))),
      threads_(threads),
      trouble_(said_trouble),
      slice_(std::clamp(this->limit(0) / 8, mebibyte / 4, 256 * mebibyte)),
      index_(open_index(index_path(directory))),
      later_([this](std::span<const CacheIndex::Change> changes) {
        (void)with_index(
            [&](CacheIndex& index) { return index.apply(changes); });
      }) {}

bool CacheBudget::may_write() noexcept { return !full_ && !trouble_.pausing(); }

void CacheBudget::wrote(std::uint64_t bytes) noexcept {
  written_ += bytes;
  if (written_ >= slice_) trim_soon();
}

void CacheBudget::disk_failed(const Error& error) noexcept {
  trouble_.failed(error);
  trim_soon();
}

void CacheBudget::opened(const std::string& name) {
  later_.add(CacheIndex::Growing{name, now_for_index()});
}

void CacheBudget::closed(const std::string& name, std::uint64_t bytes) {
  later_.add(CacheIndex::Settled{name, bytes, now_for_index()});
  if (full_) trim_soon();
}

void CacheBudget::dropped(const std::string& name,
                          const std::optional<ContentKey>& key) {
  later_.flush();
  (void)with_index([&](CacheIndex& index) -> Result<void> {
    TRY(index.remove(name));
    if (key) TRY(index.forget(key->url, key->version));
    return {};
  });
}

void CacheBudget::remember(const CacheIndex::Note& note) { later_.add(note); }

std::optional<CacheIndex::Note> CacheBudget::recall(const std::string& url) {
  later_.flush_for(url);
  const auto note =
      with_index([&](CacheIndex& index) { return index.recall(url); });
  return note ? *note : std::nullopt;
}

void CacheBudget::doubt(const std::string& url) {
  later_.flush_for(url);
  (void)with_index([&](CacheIndex& index) { return index.doubt(url); });
}

/// The index is a convenience: without one nothing is wrong but the order of
/// eviction. A damaged one is replaced by an empty one; files_by_age() then
/// finds the files again.
template <class Operation>
auto CacheBudget::with_index(Operation operation)
    -> decltype(operation(std::declval<CacheIndex&>())) {
  std::shared_ptr<CacheIndex> index;
  {
    const std::lock_guard lock(index_mutex_);
    index = index_;
  }
  if (!index) return fail(ENOENT);
  auto result = operation(*index);
  if (result || result.error().code != EBADMSG) return result;
  const std::lock_guard lock(index_mutex_);
  if (index_ != index) return result;  // replaced meanwhile
  index_ = nullptr;
  index = nullptr;
  LOG(info, "{}; made anew", result.error().detail);
  CacheIndex::remove_files(index_path(directory_));
  index_ = open_index(index_path(directory_));
  return result;
}

/// What the directory holds, in the order of the index. What that does not
/// know, such as files of a killed process, counts as oldest.
CacheBudget::Rows CacheBudget::files_by_age() {
  later_.flush();
  const auto known =
      with_index([](CacheIndex& index) { return index.by_age(); });
  std::set<std::string> present;
  directory_.for_each_object(
      [&](const std::string& name) { present.insert(name); });
  Rows in_order;
  for (const CacheIndex::Row& row : known.value_or(Rows())) {
    if (present.erase(row.name) != 0) {
      in_order.push_back(row);
    } else {
      dropped(row.name, std::nullopt);
    }
  }
  Rows rows;
  for (const std::string& name : present) rows.push_back({name, std::nullopt});
  rows.insert(rows.end(), in_order.begin(), in_order.end());
  return rows;
}

std::uint64_t CacheBudget::trim_to(std::uint64_t bytes) {
  const std::lock_guard lock(trim_mutex_);
  written_ = 0;
  Rows rows = files_by_age();
  std::uint64_t total = 0;
  for (CacheIndex::Row& row : rows) {
    if (!row.bytes) row.bytes = directory_.bytes_of_object(row.name);
    total += *row.bytes;
  }
  const std::vector<std::string> pinned =
      with_index([](CacheIndex& index) {
        return index.pins();
      }).value_or(std::vector<std::string>());
  for (const CacheIndex::Row& row : rows) {
    if (total <= bytes) break;
    const auto key = key_of(directory_, row.name);
    if (key && is_pinned(key->url, pinned)) continue;
    if (!directory_.evict_object(row.name)) continue;
    total -= *row.bytes;
    dropped(row.name, key);
  }
  return total;
}

std::uint64_t CacheBudget::limit(std::uint64_t used) const {
  const std::uint64_t free = directory_.space().free;
  const std::uint64_t allowed =
      fixed_limit_.value_or(std::min(largest_default, (free + used) / 10));
  // What the disk would have free without the cache, less the floor.
  const std::uint64_t most = free + used;
  return std::min(allowed, most - std::min(most, free_floor_));
}

void CacheBudget::trim_soon() {
  if (trimming_.exchange(true)) return;
  const bool taken = threads_.run([this] {
    const std::uint64_t used = trim_to(UINT64_MAX);
    const std::uint64_t allowed = limit(used);
    // A tenth of room, so that this need not be done again at once.
    full_ = used > allowed && trim_to(allowed / 10 * 9) > allowed;
    trimming_ = false;
  });
  if (!taken) trimming_ = false;
}

}  // namespace vfsrun
