// SPDX-License-Identifier: GPL-2.0-or-later
// What Metadata makes of listings: answers without a request, and questions
// that are put before somebody waits for them.
#include <algorithm>

#include "gateway/base/log.hh"
#include "gateway/fs/metadata.hh"

namespace vfsrun {

namespace {

using std::chrono::nanoseconds;

/// Nobody waits for these: a server that hangs ends them.
constexpr std::chrono::seconds ahead_time{30};

const DirEntry* find_entry(const Listing& listing, std::string_view name) {
  const auto at = std::ranges::lower_bound(
      *listing, name, {},
      [](const DirEntry& entry) { return std::string_view(entry.name); });
  return at == listing->end() || at->name != name ? nullptr : &*at;
}

}  // namespace

std::optional<MetaCache::KnownListing> Metadata::fresh_listing(
    const Place& place) {
  auto listing = cache_.listing(place.path.parent());
  if (!listing || listing->age >= place.mounted->mount.cache.max_age)
    return std::nullopt;
  return listing;
}

/// Nothing: the server has to be asked.
std::optional<Result<Found>> Metadata::from_listing(
    const Place& place, const std::optional<MetaCache::Known>& known) {
  const auto listing = fresh_listing(place);
  if (!listing) return std::nullopt;
  const std::string name(place.path.name());
  ListedName listed = read_listing(*listing, name);
  const bool was_file = known && known->attr.kind != Kind::directory;
  const nanoseconds left = place.mounted->mount.cache.max_age - listing->age;
  switch (listed.says) {
    case ListedName::Says::nothing:
    case ListedName::Says::kind:
      return std::nullopt;
    case ListedName::Says::absent:
      // What has answered before is not on the page, but may still be there.
      if (known) return std::nullopt;
      return Result<Found>(fail(ENOENT));
    case ListedName::Says::all:
      break;
  }
  if (listed.attr.kind == Kind::directory) {
    if (was_file) return std::nullopt;
    return Result<Found>(Found{std::move(listed.attr), left});
  }
  // The page vouches for what is known of the file, or shows another one.
  if (was_file) {
    const DirEntry* entry = find_entry(listing->entries, name);
    if (entry != nullptr && compare(*entry, known->attr) == Agreement::same)
      return Result<Found>(Found{known->attr, left});
  }
  return Result<Found>(Found{std::move(listed.attr), left});
}

bool Metadata::ask_ahead(const Place& place) {
  const auto listing = fresh_listing(place);
  if (!listing || find_entry(listing->entries, place.path.name()) == nullptr)
    return false;
  const Place above{place.path.parent(), place.mounted, place.inner.parent(),
                    false};
  ahead_.asked(above.path, listing->entries, place.path.name(),
               [this, above](const std::string& name, std::stop_token stop) {
                 const Place next{above.path.child(name), above.mounted,
                                  above.inner.child(name), false};
                 if (known(next)) return;
                 Call call;
                 call.stop = std::move(stop);
                 call.priority = Priority::metadata;
                 call.deadline = std::chrono::steady_clock::now() + ahead_time;
                 // Whoever stats it is told what went wrong.
                 (void)ask(next, Want::attributes, call);
               });
  return true;
}

/// One file has one time for as long as its listing is known, though pages
/// round it: tar(1) and others compare what they saw before and after.
void Metadata::fit_to_listing(const Place& place, Attr& attr) {
  if (attr.kind != Kind::file) return;
  const auto listing = cache_.listing(place.path.parent());
  if (!listing || listing->wrong_dates) return;
  const DirEntry* entry = find_entry(listing->entries, place.path.name());
  if (entry == nullptr) return;
  switch (compare(*entry, attr)) {
    case Agreement::none:
      return;
    case Agreement::same:
      attr.modified = entry->modified;
      return;
    case Agreement::dates:
      LOG(debug, "{}: its index page has other dates than the server sends",
          place.path.parent().str());
      cache_.distrust_dates(place.path.parent());
  }
}

}  // namespace vfsrun
