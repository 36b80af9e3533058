// SPDX-License-Identifier: GPL-2.0-or-later
// What a link of an index page means: a name of this place, the page's own
// navigation, or something that no listing should hold. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backends/curl/url.hh"

namespace vfsrun {

struct IndexLink {
  enum class Meaning : std::uint8_t {
    entry,
    furniture,  ///< sort by column, the parent, a place on the page
    hostile,    ///< another place or origin, or a query
  };

  Meaning meaning = Meaning::furniture;
  std::string segment;  ///< of an entry: decoded, not yet a valid name
  bool directory = false;
};

/// Reads the links of one page.
class IndexLinks {
 public:
  /// `base` is the page's URL; its path ends in '/'.
  explicit IndexLinks(curl::UrlParts base);

  /// `href` as it stands in the page, without blanks around it.
  [[nodiscard]] IndexLink read(std::string_view href) const;

 private:
  [[nodiscard]] std::string_view below_base(std::string_view path) const;

  curl::UrlParts base_;
  std::string base_path_;  ///< decoded
};

}  // namespace vfsrun
