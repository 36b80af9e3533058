// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/metadata.hh"

#include <algorithm>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

using std::chrono::nanoseconds;

/// Mounts do not come and go while the gateway runs.
constexpr nanoseconds fixed_valid = std::chrono::hours(1);
/// An open follows its own LOOKUP by this much at most, however short the
/// mount's max_age is: one walk of a path asks once.
constexpr nanoseconds walk_time = std::chrono::milliseconds(100);
/// Of files that came with a lookup: as many as one walk is ahead of its
/// opens.
constexpr std::size_t heads_max = 16;

Attr directory() {
  Attr attr;
  attr.kind = Kind::directory;
  return attr;
}

/// For how long an answer needs no other: the user's word, else the
/// server's, else what is usual.
nanoseconds believed_for(const Mount& mount, const Attr& attr) {
  if (mount.cache.immutable && attr.kind == Kind::file)
    return std::chrono::hours(24 * 365);
  if (attr.fresh_for && !mount.cache.max_age_given) return *attr.fresh_for;
  return mount.cache.max_age;
}

/// For how long later runs and other gateways need not ask: only as long as
/// the user or the server said. What is usual is for one run.
nanoseconds kept_for(const Mount& mount, const Attr& attr) {
  const bool said = mount.cache.immutable || mount.cache.max_age_given ||
                    attr.fresh_for.has_value();
  return said ? believed_for(mount, attr) : nanoseconds::zero();
}

nanoseconds left_of(nanoseconds max_age, nanoseconds age) {
  return std::max(max_age - age, nanoseconds::zero());
}

/// The store says that it cannot list this place, or that no such place is.
bool has_no_index(const Error& error) {
  return error.code == ENOSYS || error.code == ENOTDIR || error.code == ENOENT;
}

}  // namespace

bool Metadata::is_announced(const Place& place) const {
  if (announced_ == nullptr || place.mounted == nullptr) return false;
  if (!place.mounted->backend->directories_are_implied()) return false;
  // Directly below a {host} mount stand hosts: whether a name can be one is
  // the backend's to say, and costs no request.
  if (place.mounted->mount.has_host_template() && place.inner.depth() == 1)
    return false;
  return announced_->is_announced(place.path.str());
}

Result<Found> Metadata::lookup(const Place& place, Call& call) {
  if (place.fixed) return Found{directory(), fixed_valid};
  CHECK(place.mounted != nullptr);
  const Mount& mount = place.mounted->mount;
  const auto known = cache_.find(place.path);
  if (known && known->declared) return Found{directory(), fixed_valid};
  if (known && known->age < believed_for(mount, known->attr)) {
    return Found{known->attr,
                 left_of(believed_for(mount, known->attr), known->age)};
  }
  const bool was_file = known && known->attr.kind != Kind::directory;
  const bool announced = is_announced(place);
  // Not stored and not to be kept by the kernel: true for this walk only.
  if (announced && !was_file) return Found{directory(), {}};
  if (const auto absent = cache_.absent_since(place.path);
      absent && *absent < mount.cache.max_age)
    return fail(ENOENT);
  if (auto listed = from_listing(place, known)) return *std::move(listed);
  const bool listed = ask_ahead(place);
  Result<Attr> answer =
      ask(place, listed ? Want::attributes : Want::bytes, call);
  if (answer) {
    const auto now = cache_.find(place.path);  // may be of an earlier run
    const nanoseconds valid = left_of(believed_for(mount, *answer),
                                      now ? now->age : nanoseconds::zero());
    return Found{*std::move(answer), valid};
  }
  const int code = answer.error().code;
  if (code == ENOENT && announced) return Found{directory(), {}};
  // The way to something that answered: the store has no word for it.
  if ((code == ENOENT || code == EACCES) && known && known->proven) {
    cache_.put(place.path, directory(), place.root());
    return Found{directory(), mount.cache.max_age};
  }
  return tl::unexpected(std::move(answer).error());
}

std::optional<Found> Metadata::known(const Place& place) {
  if (place.fixed) return Found{directory(), fixed_valid};
  if (place.mounted == nullptr) return std::nullopt;
  const auto known = cache_.find(place.path);
  if (known && known->declared) return Found{directory(), fixed_valid};
  const nanoseconds valid =
      known ? believed_for(place.mounted->mount, known->attr) : nanoseconds{};
  if (known && known->age < valid)
    return Found{known->attr, left_of(valid, known->age)};
  auto listed = from_listing(place, known);
  if (!listed || !*listed) return std::nullopt;
  return **std::move(listed);
}

Result<Attr> Metadata::current(const Place& place, Call& call) {
  if (place.fixed) return directory();
  CHECK(place.mounted != nullptr);
  const auto known = cache_.find(place.path);
  if (known && known->declared) return known->attr;
  if (known &&
      known->age <=
          std::max(believed_for(place.mounted->mount, known->attr), walk_time))
    return known->attr;
  return ask(place, Want::bytes, call);
}

Result<Attr> Metadata::ask(const Place& place, Want want, Call& call) {
  return stats_.run(place.path.str(), call,
                    [&](Call& own) { return ask_backend(place, want, own); });
}

Result<Attr> Metadata::ask_backend(const Place& place, Want want, Call& call) {
  auto known = cache_.find(place.path);
  const Mount& mount = place.mounted->mount;
  // Somebody else's answer may have come since the caller looked.
  if (known && known->age < believed_for(mount, known->attr))
    return known->attr;
  std::optional<Attr> before;
  if (known && known->attr.version.known()) {
    before = known->attr;
  } else if (!known && recall(place, before)) {
    return *std::move(before);
  }
  const Attr* const condition = before ? &*before : nullptr;
  Backend& backend = *place.mounted->backend;
  Result<Probe> probe;
  if (want == Want::bytes) {
    probe = backend.stat(place.inner, condition, call);
  } else if (auto attr = backend.attributes(place.inner, condition, call)) {
    probe = Probe{*std::move(attr), {}};
  } else {
    probe = tl::unexpected(std::move(attr).error());
  }
  if (!probe) {
    const bool directory_stays = known && known->proven;
    if (probe.error().code == ENOENT && !directory_stays)
      cache_.put_absent(place.path);
    return tl::unexpected(std::move(probe).error());
  }
  fit_to_listing(place, probe->attr);
  // In this order: whoever finds the attributes may read at once, and is not
  // to ask for bytes that have come.
  keep_head(place, *probe);
  cache_.put(place.path, probe->attr, place.root());
  if (mount.cache.disk && probe->attr.kind == Kind::file &&
      probe->attr.storable &&
      kept_for(mount, probe->attr) > nanoseconds::zero()) {
    contents_.remember(place.url(), probe->attr,
                       std::chrono::floor<std::chrono::seconds>(
                           std::chrono::system_clock::now()));
  }
  return std::move(probe->attr);
}

bool Metadata::recall(const Place& place, std::optional<Attr>& before) {
  const Mount& mount = place.mounted->mount;
  if (!mount.cache.disk) return false;
  auto recalled = contents_.recall(place.url());
  if (!recalled) return false;
  before = std::move(recalled->attr);
  if (mount.cache.immutable) recalled->age = std::chrono::seconds(0);
  if (!recalled->age || *recalled->age >= kept_for(mount, *before))
    return false;
  cache_.put(place.path, *before, place.root(), *recalled->age);
  return true;
}

void Metadata::keep_head(const Place& place, const Probe& probe) {
  const Attr& attr = probe.attr;
  if (probe.head.empty() || attr.kind != Kind::file || !attr.size ||
      !attr.version.known())
    return;
  const auto file = content(place, attr);
  if (!file) {
    LOG(debug, "cache of {}: {}", place.path.str(), file.error().detail);
    return;
  }
  (*file)->store(0, probe.head);
  if (probe.head.size() < *attr.size) return;
  auto heads = heads_.lock();
  heads->push_back(*file);
  if (heads->size() > heads_max) heads->pop_front();
}

Result<std::shared_ptr<CachedFile>> Metadata::content(const Place& place,
                                                      const Attr& attr) {
  const bool keep = place.mounted->mount.cache.disk && attr.storable;
  const std::string url = place.url();
  auto file = contents_.open(ContentKey{url, attr.version.tag, keep},
                             attr.size.value_or(0));
  if (file && keep) contents_.remember(url, attr);
  return file;
}

void Metadata::learn(const Place& place, const Attr& attr) {
  cache_.put(place.path, attr, place.root());
}

Listing Metadata::known_listing(const VPath& path) {
  const auto known = cache_.listing(path);
  return known ? known->entries : nullptr;
}

Walks::Store Metadata::for_walks() {
  return {
      [this](const Place& place) { return known_listing(place.path.parent()); },
      [this](const Place& place, Call& call) { return current(place, call); }};
}

Result<Listing> Metadata::list(const Place& place, Call& call) {
  CHECK(place.mounted != nullptr);
  if (const auto known = cache_.listing(place.path);
      known && known->age < place.mounted->mount.cache.max_age)
    return known->entries;
  return lists_.run(place.path.str(), call, [&](Call& own) -> Result<Listing> {
    cache_.put_listing(place.path, TRY(ask_list(place, own)));
    const auto stored = cache_.listing(place.path);
    CHECK(stored.has_value());
    return stored->entries;
  });
}

Result<DirListing> Metadata::ask_list(const Place& place, Call& call) {
  Result<DirListing> found = place.mounted->backend->list(place.inner, call);
  if (!found) {
    if (!has_no_index(found.error())) return found;
    std::vector<DirEntry> proven = cache_.proven_below(place.path);
    const auto known = cache_.find(place.path);
    const bool declared = known && known->declared;
    if (proven.empty() && !declared) return found;
    found = DirListing(std::move(proven));
  }
  return found;
}

Result<Found> Metadata::declare(const Place& place, Call& call) {
  if (place.fixed) return fail(EEXIST);
  if (place.mounted == nullptr ||
      !place.mounted->backend->directories_are_implied())
    return fail(EROFS);
  // A host is there or not; it cannot be made.
  if (place.mounted->mount.has_host_template() && place.inner.depth() == 1)
    return fail(EROFS);
  const Result<Found> there = lookup(place, call);
  if (there) return fail(EEXIST);
  if (there.error().code != ENOENT) return tl::unexpected(there.error());
  TRY(cache_.declare(place.path, place.root()));
  return Found{directory(), fixed_valid};
}

}  // namespace vfsrun
