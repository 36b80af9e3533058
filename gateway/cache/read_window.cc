// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/read_window.hh"

#include <algorithm>
#include <utility>

namespace vfsrun {

ReadWindow::ReadWindow(std::shared_ptr<CachedFile> content,
                       CachedFile::Fetch fetch, std::size_t parallel,
                       ReadAheadBudget& budget)
    : content_(std::move(content)),
      fetch_(std::move(fetch)),
      budget_(budget),
      policy_(parallel) {}

Result<ReadWindow::Served> ReadWindow::read(std::uint64_t offset,
                                            std::span<std::byte> room,
                                            Call& call) {
  Served served;
  served.from_cache = advance({offset, room.size()}, call);
  served.what = TRY(content_->read_in_place(offset, room, fetch_, call));
  return served;
}

/// Before the READ itself is looked for, so that one request brings it and
/// what follows. True when it needs none and is from elsewhere.
bool ReadWindow::advance(ByteRange read, const Call& call) {
  const std::uint64_t size = content_->size();
  if (read.offset >= size) return true;
  read.size = std::min(read.size, size - read.offset);
  const bool at_hand = content_->probably_holds(read);
  std::deque<CachedFile::Loading> unwanted;  // ends without the lock
  const std::lock_guard lock(mutex_);
  const ReadWindowPolicy::Plan plan = policy_.on_read(
      read, size, at_hand, std::min(budget_.room(), content_->room_ahead()));
  if (plan.jumped) unwanted.swap(ahead_);
  std::erase_if(ahead_, [](const auto& loading) { return loading.done(); });
  for (const ByteRange& part : plan.fetch) {
    Call own;
    own.client = call.client;
    own.priority =
        part.offset < read.end() ? call.priority : Priority::prefetch;
    // What is on its way counts until its fetch has ended.
    CachedFile::Fetch counted =
        [fetch = fetch_, counts = budget_.take(part.size)](
            ByteRange range, const ByteSink& sink, Call& with) {
          return fetch(range, sink, with);
        };
    ahead_.push_back(content_->start_loading(part, counted, own));
    asked_.set(blocks_touched(part));
  }
  return at_hand && !asked_.has(read.offset / cache_block_size);
}

}  // namespace vfsrun
