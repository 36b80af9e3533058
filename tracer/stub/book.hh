// SPDX-License-Identifier: GPL-2.0-or-later
// Which sites of which library programs have used so far, so that the next
// program that maps the same library has all of them patched at once instead
// of one stop each. For the tracer's one thread; knows no patching.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "tracer/stub/sites.hh"

namespace vfsrun::tracer::stub {

/// A site of a mapped library, by its distance from the mapping's beginning.
struct KnownSite {
  std::uint64_t offset;
  long number;      ///< of the call; no_call for a program's entry
  SiteBytes bytes;  ///< as they are unpatched: what is not so is another site

  static constexpr long no_call = -1;
};

class SiteBook {
 public:
  struct Library {
    // stat(2)'s device and inode and the mapping's offset in the file.
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t file_offset = 0;
    std::vector<KnownSite> sites;
  };

  struct Hit {
    std::size_t library;
    std::uint64_t start;  ///< of the library's mapping in the program
  };

  /// The library that the site at `address` belongs to, if it is known.
  [[nodiscard]] std::optional<Hit> find(std::uint64_t address,
                                        const SiteBytes& bytes) const;

  /// Reads the program's maps (proc(5)) once for each new site. Nothing for
  /// code that comes from no file.
  std::optional<Hit> learn(pid_t tid, std::uint64_t address, long number,
                           const SiteBytes& bytes);

  [[nodiscard]] const Library& library(std::size_t index) const {
    return libraries_.at(index);
  }

 private:
  std::vector<Library> libraries_;
};

}  // namespace vfsrun::tracer::stub
