// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/walk_policy.hh"

#include <algorithm>
#include <numeric>

namespace vfsrun {

WalkPolicy::WalkPolicy(std::size_t count, const std::vector<Indexes>& orders)
    : files_(count) {
  Indexes listed(count);
  std::iota(listed.begin(), listed.end(), std::size_t{0});
  orders_.push_back({listed, listed});
  for (const Indexes& order : orders) {
    if (order == listed) continue;
    Indexes ranks(count);
    for (std::size_t rank = 0; rank < count; ++rank)
      ranks.at(order.at(rank)) = rank;
    orders_.push_back({order, std::move(ranks)});
  }
}

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

/// File `index` is opened; `hit`: it was fetched ahead in this order. True
/// where that goes on with a walk in it.
bool WalkPolicy::Order::step(std::size_t index, bool hit) {
  const std::size_t rank = ranks.at(index);
  const bool near = position ? rank + slack >= *position &&
                                   rank <= std::max(*position, next) + slack
                             : rank == 0;
  const bool onwards = !position || rank > *position;
  if (!hit && !near) {
    // Elsewhere, or the first one of all: the next one says whether this is
    // a walk. What was fetched for nothing stays counted.
    position = rank;
    next = rank + 1;
    return false;
  }
  if (onwards) position = rank;
  next = std::max(next, *position + 1);
  return true;
}

WalkPolicy::Indexes WalkPolicy::ahead_in(Order& order) {
  Indexes wanted;
  for (; order.next < files_.size() &&
         order.next <= *order.position + most_ahead && may_fetch();
       ++order.next) {
    const std::size_t index = order.files.at(order.next);
    if (files_.at(index).seen) continue;
    files_.at(index).seen = true;
    unused_.emplace(index, 0);
    wanted.push_back(index);
  }
  return wanted;
}

WalkPolicy::Indexes WalkPolicy::on_open(std::size_t index,
                                        std::uint64_t bytes) {
  File& file = files_.at(index);
  // Once more the same: the kernel does that too, where it finds a new version.
  if (file.opened) return {};
  const bool hit = use(index, bytes);
  file.opened = file.seen = true;
  std::optional<std::size_t> along;
  for (std::size_t each = 0; each < orders_.size(); ++each) {
    const bool goes_on = orders_.at(each).step(index, hit && each == along_);
    if (goes_on && (!along || each == along_)) along = each;
  }
  if (!along) return {};
  along_ = *along;
  return ahead_in(orders_.at(along_));
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
