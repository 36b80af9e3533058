// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel may know of a directory beyond its names.
#include "gateway/fs/filesystem.hh"

namespace vfsrun {

/// The kernel keeps the names until another opendir() says that they are
/// others: which is when the listing was asked for again.
void Filesystem::offer_to_kernel(OpenDirectory& directory,
                                 const Listing& listing) {
  if (!listing) return;
  auto kept = kept_by_kernel_.lock();
  auto& before = (*kept)[directory.ino];
  directory.keepable = true;
  directory.kept = before.lock() == listing;
  before = listing;
}

std::optional<EntryReply> Filesystem::known_child(
    const OpenDirectory& directory, const OpenDirectory::Name& name) {
  if (!VPath::valid_name(name.name)) return std::nullopt;  // "." and ".."
  const Result<NodeAt> above = node_at(directory.ino);
  if (!above) return std::nullopt;
  const Place place = parts_.root.place(above->place.path.child(name.name));
  if (LiveFilesystem::serves(place) && !place.fixed) {
    auto found = live_.known(*above, place);
    if (!found) return std::nullopt;
    return reply_of(*std::move(found));
  }
  std::optional<Found> found = parts_.metadata.known(place);
  if (!found) return std::nullopt;
  return remember(above->node, place, *std::move(found));
}

}  // namespace vfsrun
