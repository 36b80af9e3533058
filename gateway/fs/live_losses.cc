// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of bytes that do not reach their server.
#include <vector>

#include "gateway/base/log.hh"
#include "gateway/fs/live_filesystem.hh"

namespace vfsrun {

void LiveFilesystem::save_lost(LiveNode& live) {
  const std::vector<LostBytes> lost = live.writes->take_lost();
  if (!lost.empty()) save(live, lost);
}

void LiveFilesystem::save(const LiveNode& live,
                          std::span<const LostBytes> lost) {
  const VPath path = nodes_.path_of(*live.node);
  std::uint64_t size = 0;
  for (const LostBytes& each : lost) size += each.bytes.size();
  const Result<std::string> kept = spool_.keep(path, lost);
  if (kept) {
    LOG(error,
        "{}: {} bytes were not acknowledged by the server; they are kept in "
        "{}: "
        "`vfsrun sh {}/restore` writes them again",
        path.str(), size, *kept, *kept);
  } else {
    LOG(error,
        "{}: {} bytes were not acknowledged by the server, and cannot be kept: "
        "{}",
        path.str(), size, kept.error().detail);
  }
}

void LiveFilesystem::end(
    std::chrono::steady_clock::time_point deadline) noexcept {
  ending_ = true;
  try {
    std::vector<std::shared_ptr<LiveNode>> open;
    {
      auto live = live_.lock();
      for (const auto& [ino, node] : *live)
        if (auto there = node.lock()) open.push_back(std::move(there));
    }
    Call call;
    call.deadline = deadline;
    for (const auto& each : open) {
      if (!each->writes->drain(call)) save(*each, each->writes->in_flight());
      save_lost(*each);
    }
  } catch (const std::exception& error) {
    LOG(error, "at the end: {}", error.what());
  }
}

}  // namespace vfsrun
