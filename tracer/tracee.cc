// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/tracee.hh"

namespace vfsrun::tracer {

Tracee& TraceeTable::at(pid_t tid) {
  return tracees_.try_emplace(tid, tid).first->second;
}

bool TraceeTable::remove(pid_t tid) {
  const auto hit = tracees_.find(tid);
  if (hit == tracees_.end()) return false;
  const bool known = hit->second.known;
  tracees_.erase(hit);
  return known;
}

std::vector<pid_t> TraceeTable::tids() const {
  std::vector<pid_t> tids;
  tids.reserve(tracees_.size());
  for (const auto& [tid, tracee] : tracees_) tids.push_back(tid);
  return tids;
}

Tracee& TraceeTable::rename(pid_t from, pid_t to) {
  if (from == to) return at(to);
  auto node = tracees_.extract(from);
  if (node.empty()) return at(to);
  tracees_.erase(to);
  node.key() = to;
  node.mapped().tid = to;
  return tracees_.insert(std::move(node)).position->second;
}

}  // namespace vfsrun::tracer
