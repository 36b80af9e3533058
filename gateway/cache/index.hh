// SPDX-License-Identifier: GPL-2.0-or-later
// When each cached file was used last, and how large it is: what eviction goes
// by. A SQLite database (seen in index.cc only), shared by all gateways of a
// user. Thread-safe. Nothing about the bytes themselves depends on it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/base/result.hh"

struct sqlite3;

namespace vfsrun {

class CacheIndex {
 public:
  struct Row {
    std::string name;
    /// Nothing while it may be growing: look at the file.
    std::optional<std::uint64_t> bytes;

    bool operator==(const Row&) const = default;
  };

  /// What a url was when it was asked for last.
  struct Note {
    std::string url;
    std::string version;
    std::uint64_t size = 0;
    std::optional<std::int64_t> modified;
    /// When the server said so last, in seconds of the epoch; 0: not known.
    std::int64_t confirmed = 0;
    /// Seconds for which that was good, as the server said.
    std::optional<std::int64_t> fresh_for = std::nullopt;

    bool operator==(const Note&) const = default;
  };

  /// The file is there, used at `now`; its size is not known yet.
  struct Growing {
    std::string name;
    std::int64_t now;
  };

  /// The file was closed at `now` and takes `bytes` on disk.
  struct Settled {
    std::string name;
    std::uint64_t bytes;
    std::int64_t now;
  };

  /// Of a note of the same version what is known of `confirmed` stays where
  /// the new one does not know it.
  using Change = std::variant<Growing, Settled, Note>;

  /// Opens or makes the database. EBADMSG when the file is none, or of
  /// another version: to be thrown away. Writers wait for each other for at
  /// most `busy_milliseconds`.
  static Result<std::unique_ptr<CacheIndex>> open(const std::string& path,
                                                  int busy_milliseconds = 200);

  /// Removes a database and the files beside it that belong to it.
  static void remove_files(const std::string& path) noexcept;

  CacheIndex(const CacheIndex&) = delete;
  CacheIndex& operator=(const CacheIndex&) = delete;
  ~CacheIndex() = default;

  // Each fails with EBADMSG when the database is damaged, EBUSY when others
  // hold it for too long, else EIO. `now` counts in any unit that grows.

  /// All of them, in order and in one transaction.
  Result<void> apply(std::span<const Change> changes);
  Result<void> remove(std::string_view name);
  /// All files, the one that was used longest ago first.
  Result<std::vector<Row>> by_age();

  Result<std::optional<Note>> recall(std::string_view url);
  Result<std::vector<Note>> notes();
  /// Whatever the url was, it has to be asked for again.
  Result<void> doubt(std::string_view url);
  /// Unless the url has become another version.
  Result<void> forget(std::string_view url, std::string_view version);

  // What is not to be evicted: urls, or what they begin with if they end in
  // '/'.
  Result<void> pin(std::string_view url);
  Result<void> unpin(std::string_view url);
  Result<std::vector<std::string>> pins();

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };

  explicit CacheIndex(sqlite3* database) noexcept : database_(database) {}

  // With the lock held.
  Result<void> put(const Growing& file);
  Result<void> put(const Settled& file);
  Result<void> put(const Note& note);

  std::mutex mutex_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace vfsrun
