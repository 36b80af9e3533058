// SPDX-License-Identifier: GPL-2.0-or-later
// What the listing of a directory says of one name: its attributes, that it
// is not there, or too little. Pure; any thread. Knows no backend.
#pragma once

#include <chrono>
#include <string_view>

#include "gateway/cache/meta_cache.hh"

namespace vfsrun {

/// A name as the listing of its directory has it.
struct ListedName {
  enum class Says : std::uint8_t {
    nothing,  ///< not in it, and it may hide such names
    absent,   ///< not in it, and it is complete
    kind,     ///< in it, but size or time is missing or rounded
    all,      ///< in it, with all that stat(2) needs
  };

  Says says = Says::nothing;
  /// Of kind and all. A file's version is of this listing: it names no state
  /// that the server knows, and no open file has it.
  Attr attr;
};

ListedName read_listing(const MetaCache::KnownListing& listing,
                        std::string_view name);

/// Names that servers leave out of their pages though they are there (nginx,
/// lighttpd, Apache by default: ".x", "x~"), and those that no page can hold.
bool may_be_hidden(std::string_view name) noexcept;

/// How the server's own answer for a name fits what the listing showed.
enum class Agreement : std::uint8_t {
  none,   ///< the file changed, or the listing does not tell
  same,   ///< same size, and its time within what the listing rounded
  dates,  ///< same size, another time: the listing's clock is another one
};

Agreement compare(const DirEntry& entry, const Attr& answer) noexcept;

}  // namespace vfsrun
