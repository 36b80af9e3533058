// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/walk_policy.hh"

#include <algorithm>

namespace vfsrun {

/// Counts the file as used; true when it was fetched ahead.
bool WalkPolicy::use(std::size_t index, std::uint64_t bytes) {
  ++used_;
  const auto found = unused_.find(index);
  if (found == unused_.end()) {
    used_bytes_ += bytes;
    return false;
  }
  unused_bytes_ -= found->second;
  used_bytes_ += found->second;
  unused_.erase(found);
  return true;
}

bool WalkPolicy::may_fetch() const noexcept {
  return unused_.size() < used_ && unused_bytes_ <= used_bytes_;
}

std::vector<std::size_t> WalkPolicy::on_open(std::size_t index,
                                             std::size_t count,
                                             std::uint64_t bytes) {
  std::vector<std::size_t> wanted;
  // Once more the same: the kernel does that too, where it finds a new version.
  opened_.resize(count);
  if (opened_.at(index)) return wanted;
  opened_.at(index) = true;
  seen_.resize(count);
  const bool hit = use(index, bytes);
  seen_.at(index) = true;
  const bool near = position_ ? index + slack >= *position_ &&
                                    index <= std::max(*position_, next_) + slack
                              : index == 0;
  const bool onwards = !position_ || index > *position_;
  if (!hit && !near) {
    // Elsewhere, or the first one of all: the next one says whether this is
    // a walk. What was fetched for nothing stays counted.
    position_ = index;
    next_ = index + 1;
    return wanted;
  }
  if (onwards) position_ = index;
  next_ = std::max(next_, *position_ + 1);
  for (; next_ < count && next_ <= *position_ + most_ahead && may_fetch();
       ++next_) {
    if (seen_.at(next_)) continue;
    seen_.at(next_) = true;
    unused_.emplace(next_, 0);
    wanted.push_back(next_);
  }
  return wanted;
}

void WalkPolicy::on_fetched(std::size_t index, std::uint64_t bytes) {
  const auto found = unused_.find(index);
  if (found == unused_.end()) {
    used_bytes_ += bytes;
    return;
  }
  found->second = bytes;
  unused_bytes_ += bytes;
}

}  // namespace vfsrun
