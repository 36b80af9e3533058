// SPDX-License-Identifier: GPL-2.0-or-later
// What servers said of names: attributes, "not there", listings, each with
// its age; and what follows without asking, as a directory must exist where
// something below it answered. Any thread. Bounded: what was not used for
// long is forgotten. Keyed by whole virtual path; knows no mount or backend.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/backend.hh"
#include "gateway/base/clock.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun {

/// Sorted by name, each name once.
using Listing = std::shared_ptr<const std::vector<DirEntry>>;

class MetaCache {
 public:
  using Age = std::chrono::nanoseconds;

  struct Known {
    Attr attr;
    Age age{};
    bool proven = false;    ///< something below it has answered
    bool declared = false;  ///< made by mkdir: never asked for
  };

  explicit MetaCache(const Clock& clock, std::size_t limit = 200'000);

  /// What is there as far as is known, however long ago.
  [[nodiscard]] std::optional<Known> find(const VPath& path);
  /// How long ago the server said that there is nothing; empty: it did not,
  /// or something newer is known.
  [[nodiscard]] std::optional<Age> absent_since(const VPath& path);

  /// The server answered for `path`, which lies in the mount at `root`: every
  /// directory between the two is firm from now on. `age`: since it did.
  void put(const VPath& path, const Attr& attr, const VPath& root,
           Age age = {});
  void put_absent(const VPath& path);
  /// Nothing is known of `path` any more (but what mkdir declared).
  void drop(const VPath& path);

  /// A directory made by hand; stays for the life of the cache. ENOSPC past
  /// 10,000 of them.
  Result<void> declare(const VPath& path, const VPath& root);
  /// Names that answered below `path`, with their kinds.
  [[nodiscard]] std::vector<DirEntry> proven_below(const VPath& path);

  void put_listing(const VPath& path, DirListing found);

  struct KnownListing {
    Listing entries;
    Age age{};
    bool complete = false;     ///< see DirListing
    bool wrong_dates = false;  ///< as distrust_dates() said
  };

  // What follows from a change that was made here; nothing where no listing
  // of the directory above is known.
  /// There is `entry` now, in place of what had the name.
  void add_to_listing(const VPath& directory, const DirEntry& entry);
  void take_from_listing(const VPath& path);
  void drop_listing(const VPath& directory);
  /// Nothing is known any more of `path` and of all below it.
  void drop_tree(const VPath& path);

  /// The dates of that listing are not those that the server sends with its
  /// files.
  void distrust_dates(const VPath& path);

  [[nodiscard]] std::optional<KnownListing> listing(const VPath& path);
  /// What the listing of the parent says of `path`, with the listing's age.
  [[nodiscard]] std::optional<std::pair<DirEntry, Age>> listed(
      const VPath& path);

 private:
  struct Entry {
    std::optional<Attr> attr;
    bool absent = false;
    Clock::TimePoint since;  // of attr or absent
    bool proven = false;
    std::map<std::string, Kind, std::less<>> below;
    std::list<VPath>::iterator use;
  };

  struct ListedEntry {
    std::shared_ptr<std::vector<DirEntry>> entries;
    Clock::TimePoint since;
    bool complete = false;
    bool wrong_dates = false;
  };

  struct State {
    std::unordered_map<VPath, Entry> entries;
    std::list<VPath> uses;  // last used first
    std::unordered_map<VPath, bool> declared;
    std::unordered_map<VPath, ListedEntry> listings;
    std::size_t listed = 0;  // entries of all listings
  };

  Entry& touch(State& state, const VPath& path);
  static std::vector<DirEntry>* own_listing(State& state, const VPath& path);
  static void prove_above(State& state, MetaCache& self, const VPath& path,
                          Kind kind, const VPath& root);

  const Clock& clock_;
  const std::size_t limit_;
  Guarded<State> state_;
};

}  // namespace vfsrun
