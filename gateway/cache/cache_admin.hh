// SPDX-License-Identifier: GPL-2.0-or-later
// The cache directory as its owner sees it: what is in it, is it sound, what
// stays, what goes. Works beside running gateways, as one more of them. Used
// by one thread. Knows nothing of mounts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/cache/content_cache_directory.hh"
#include "gateway/cache/index.hh"

namespace vfsrun {

/// One version of one file.
struct CachedObject {
  std::string name;  ///< of its file
  std::string url;
  std::string version;
  std::uint64_t size = 0;   ///< of the whole file
  std::uint64_t bytes = 0;  ///< on disk
  bool pinned = false;
};

class CacheAdmin {
 public:
  /// ENOENT with a sentence where there is no cache directory to be.
  static Result<CacheAdmin> open();

  /// By url; what is no cached file (any more) is left out.
  [[nodiscard]] std::vector<CachedObject> objects();

  struct Verdict {
    std::uint64_t good = 0;     ///< blocks
    std::uint64_t damaged = 0;  ///< whose bytes do not fit their checksum
  };

  /// Reads all of it. A damaged file is thrown away: it would cost a fetch
  /// wherever it is read.
  Result<Verdict> verify(const CachedObject& object);

  /// Whatever version `url` has, and all below it if it ends in '/'.
  Result<void> pin(const std::string& url);
  Result<void> unpin(const std::string& url);
  [[nodiscard]] std::vector<std::string> pins();

  /// Programs that read it now go on with what they have.
  void drop(const CachedObject& object);

 private:
  CacheAdmin(CacheDirectory directory, std::unique_ptr<CacheIndex> index)
      : directory_(std::move(directory)), index_(std::move(index)) {}

  CacheDirectory directory_;
  std::unique_ptr<CacheIndex> index_;
};

}  // namespace vfsrun
