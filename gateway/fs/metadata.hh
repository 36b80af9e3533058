// SPDX-License-Identifier: GPL-2.0-or-later
// What is where: answers from memory while they are fresh, else from the
// backend, one question at a time for a name. Here are the rules for the
// directories of stores that have none. Any thread; no lock is held while a
// backend is asked. Knows no node numbers.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/announce_slots.hh"
#include "gateway/base/call.hh"
#include "gateway/base/clock.hh"
#include "gateway/base/guarded.hh"
#include "gateway/cache/content_cache.hh"
#include "gateway/cache/meta_cache.hh"
#include "gateway/fs/attributes_ahead.hh"
#include "gateway/fs/coalesce.hh"
#include "gateway/fs/listed_name.hh"
#include "gateway/fs/root_dir.hh"
#include "gateway/fs/walks.hh"

namespace vfsrun {

/// What a name stands for, and for how long that may be believed.
struct Found {
  Attr attr;
  std::chrono::nanoseconds valid{};
};

class Metadata {
 public:
  /// `announced` may be null: then no call announces directories. All
  /// references outlive this.
  Metadata(MetaCache& cache, ContentCache& contents,
           const AnnounceSlots* announced) noexcept
      : cache_(cache), contents_(contents), announced_(announced) {}

  /// For walking a path: an announced name is a directory without asking.
  Result<Found> lookup(const Place& place, Call& call);
  /// What can be told of a name without asking anybody; not "not there".
  [[nodiscard]] std::optional<Found> known(const Place& place);
  /// For opening: what the server has now, at most `max_age` old.
  Result<Attr> current(const Place& place, Call& call);
  /// Names below a directory, without "." and "..".
  Result<Listing> list(const Place& place, Call& call);
  /// What list() of the directory `path` answered, if that is still believed;
  /// null: nothing.
  [[nodiscard]] Listing known_listing(const VPath& path);
  /// How Walks of these stores fetch: an answer brings the head of a file.
  [[nodiscard]] Walks::Store for_walks();
  /// mkdir in a store whose directories are implied; EEXIST where something
  /// is, EROFS in other stores.
  Result<Found> declare(const Place& place, Call& call);

  /// The length of a body without Content-Length is known by now.
  void learn(const Place& place, const Attr& attr);

  /// What is known of `place` has turned out to be old.
  void doubt(const Place& place) {
    cache_.drop(place.path);
    contents_.doubt(place.url());
  }

  /// Where the bytes of one version of `place` are kept; `attr` has version
  /// and size.
  Result<std::shared_ptr<CachedFile>> content(const Place& place,
                                              const Attr& attr);

 private:
  /// Bytes come along with what is asked for the sake of an open or of an
  /// unlisted name; whoever walks a listed directory wants attributes.
  enum class Want : std::uint8_t { bytes, attributes };

  [[nodiscard]] bool is_announced(const Place& place) const;
  [[nodiscard]] std::optional<MetaCache::KnownListing> fresh_listing(
      const Place& place);
  std::optional<Result<Found>> from_listing(
      const Place& place, const std::optional<MetaCache::Known>& known);
  Result<Attr> ask(const Place& place, Want want, Call& call);
  Result<Attr> ask_backend(const Place& place, Want want, Call& call);
  /// Another gateway, or an earlier run, was told: what is still believed is
  /// known from now on, and `before` gets what is not.
  bool recall(const Place& place, std::optional<Attr>& before);
  /// False where `place` is in no fresh listing.
  bool ask_ahead(const Place& place);
  void fit_to_listing(const Place& place, Attr& attr);
  void keep_head(const Place& place, const Probe& probe);
  Result<DirListing> ask_list(const Place& place, Call& call);

  MetaCache& cache_;
  ContentCache& contents_;
  const AnnounceSlots* announced_;
  Coalesce<Attr> stats_;
  Coalesce<Listing> lists_;
  /// Small files that have come whole with a lookup: open for a while, as
  /// most are opened next.
  Guarded<std::deque<std::shared_ptr<CachedFile>>> heads_;
  AttributesAhead ahead_;  // ends first
};

}  // namespace vfsrun
