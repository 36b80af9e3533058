// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/admission.hh"

#include <algorithm>

namespace vfsrun::curl {

namespace {

/// How many of `limit` connections a priority may fill.
std::size_t share_of(std::size_t limit, Priority priority) {
  const std::size_t step = limit / 8;
  switch (priority) {
    case Priority::metadata:
      return limit;
    case Priority::foreground:
      return std::max<std::size_t>(limit - step, 1);
    case Priority::prefetch:
      return std::max<std::size_t>(limit - 2 * step, 1);
  }
  return limit;
}

}  // namespace

void Admission::enqueue(Ticket ticket, const std::string& host,
                        Priority priority) {
  waiting_.at(static_cast<std::size_t>(priority)).push_back({ticket, host});
}

void Admission::hurry(Ticket ticket) {
  auto& later = waiting_.at(static_cast<std::size_t>(Priority::prefetch));
  const auto found = std::ranges::find(later, ticket, &Waiting::ticket);
  if (found == later.end()) return;
  waiting_.at(static_cast<std::size_t>(Priority::foreground))
      .push_back(std::move(*found));
  later.erase(found);
}

bool Admission::has_room(const std::string& host, Priority priority) const {
  if (running_ >= in_all_) return false;
  const auto of_host = running_by_host_.find(host);
  return of_host == running_by_host_.end() ||
         of_host->second < share_of(per_host_, priority);
}

std::optional<Admission::Ticket> Admission::next() {
  for (std::size_t level = 0; level < waiting_.size(); ++level) {
    auto& queue = waiting_.at(level);
    const auto found = std::ranges::find_if(queue, [&](const Waiting& each) {
      return has_room(each.host, static_cast<Priority>(level));
    });
    if (found == queue.end()) continue;
    const Waiting chosen = *found;
    queue.erase(found);
    ++running_;
    ++running_by_host_[chosen.host];
    host_of_running_[chosen.ticket] = chosen.host;
    return chosen.ticket;
  }
  return std::nullopt;
}

void Admission::remove(Ticket ticket) {
  if (const auto found = host_of_running_.find(ticket);
      found != host_of_running_.end()) {
    const auto of_host = running_by_host_.find(found->second);
    if (--of_host->second == 0) running_by_host_.erase(of_host);
    host_of_running_.erase(found);
    --running_;
    return;
  }
  for (auto& queue : waiting_) {
    std::erase_if(queue,
                  [&](const Waiting& each) { return each.ticket == ticket; });
  }
}

}  // namespace vfsrun::curl
