// SPDX-License-Identifier: GPL-2.0-or-later
// Where bytes are kept that never reached their server: a folder of the
// user's own, bounded. Any thread. Knows no server and no node.
#pragma once

#include <boost/filesystem/path.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "gateway/base/result.hh"
#include "gateway/base/vpath.hh"
#include "gateway/fs/write_behind.hh"

namespace vfsrun {

class Spool {
 public:
  /// Of all that is kept, by all gateways of the user.
  static constexpr std::uint64_t default_limit = 1024ULL * 1024 * 1024;

  /// `folder` unset: $XDG_STATE_HOME/vfsrun/spool, else
  /// ~/.local/state/vfsrun/spool. Made when first needed.
  explicit Spool(std::optional<boost::filesystem::path> folder = std::nullopt,
                 std::uint64_t limit = default_limit);

  /// Keeps the bytes of one file, in a folder of their own whose name is the
  /// answer: `data`, the bytes at their offsets, and `restore`, a script that
  /// writes them where they belong. ENOSPC past the limit.
  [[nodiscard]] Result<std::string> keep(const VPath& path,
                                         std::span<const LostBytes> lost) const;

 private:
  std::optional<boost::filesystem::path> folder_;
  std::uint64_t limit_;
};

}  // namespace vfsrun
