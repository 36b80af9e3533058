// SPDX-License-Identifier: GPL-2.0-or-later
// What a server answered where a directory was asked for → entries, whatever
// the form: HTML, JSON, XML. Pure; any thread. The page is hostile: memory,
// time and names are bounded.
#pragma once

#include <cstddef>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "backends/backend.hh"

namespace vfsrun {

struct ListingLimits {
  std::size_t memory = std::size_t{256} * 1024 * 1024;  ///< while parsing
  std::size_t entries = 1'000'000;
  std::function<bool()> give_up;  ///< asked now and then; may be empty
};

struct ParsedListing {
  std::vector<DirEntry> entries;  ///< each name once, in the page's order
  std::size_t dropped = 0;        ///< links that are no names of this place
  bool complete = false;          ///< see DirListing
};

/// What a page tells of one name.
struct ListedFact {
  std::optional<std::uint64_t> size;  ///< exact ones only
  std::optional<std::time_t> modified;
  unsigned step = 1;  ///< seconds that `modified` is rounded down to
};

/// Gathers the names of one page.
class ListingBuilder {
 public:
  explicit ListingBuilder(std::size_t limit) : limit_(limit) {}

  /// `segment` as it stands on the server, decoded; one '/' at its end is
  /// taken as a sign of a directory. What is no name is dropped and counted.
  void add(std::string_view segment, Kind kind, const ListedFact& fact);

  void drop() noexcept { ++listing_.dropped; }

  [[nodiscard]] bool full() const noexcept {
    return listing_.entries.size() + listing_.dropped > limit_;
  }

  [[nodiscard]] ParsedListing take(bool complete) &&;

 private:
  std::size_t limit_;
  ParsedListing listing_;
  std::unordered_set<std::string> seen_;
};

/// `type` is the media type, `base` the page's URL, whose path ends in '/'.
/// ENOSYS when it is no listing; EFBIG past a limit; EINTR when told to give
/// up.
Result<ParsedListing> parse_listing(std::string_view type,
                                    std::string_view text,
                                    const std::string& base,
                                    const ListingLimits& limits = {});

/// True for the media types that parse_listing() reads.
bool is_listing_type(std::string_view type) noexcept;

}  // namespace vfsrun
