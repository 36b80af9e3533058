// SPDX-License-Identifier: GPL-2.0-or-later
// One state of a file that is changed in place: how it is told from others,
// and where its bytes are kept.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>

#include "gateway/cache/content_cache.hh"
#include "gateway/fs/root_dir.hh"

namespace vfsrun {

/// Length and time as the server said them.
struct LiveState {
  std::optional<std::uint64_t> size;
  std::optional<std::time_t> modified;
  std::shared_ptr<CachedFile> content;
  /// Set where the bytes outlive the gateway.
  std::optional<ContentKey> kept;

  [[nodiscard]] bool of(const Attr& attr) const {
    return size == attr.size && modified == attr.modified;
  }
};

using LiveStatePtr = std::shared_ptr<const LiveState>;

/// Times of servers have whole seconds. True for a file that was changed so
/// long ago by our clock that no other bytes of the same time are to come.
[[nodiscard]] bool surely_past(const Attr& attr);

/// Names the bytes of the file at `place` while it is as `attr` says, which
/// has a size and a time.
[[nodiscard]] ContentKey key_of_state(const Place& place, const Attr& attr);

}  // namespace vfsrun
