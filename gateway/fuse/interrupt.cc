// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/interrupt.hh"

#include <map>

namespace vfsrun::fuse {

using Time = std::chrono::steady_clock;

InFlight::Ticket::Ticket(InFlight& owner, pid_t thread, Sort sort)
    : owner_(owner) {
  const std::lock_guard lock(owner.mutex_);
  Operation operation;
  operation.thread = thread;
  operation.sort = sort;
  operation.begun = Time::now();
  if (owner.ending_) operation.stop.request_stop();
  owner.operations_.push_back(std::move(operation));
  operation_ = std::prev(owner.operations_.end());
  if (owner.resting_) owner.changed_.notify_all();
}

InFlight::Ticket::~Ticket() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.operations_.erase(operation_);
}

InFlight::InFlight(pid_t tracer, SignalSource source)
    : tracer_(tracer),
      source_(std::move(source)),
      watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

InFlight::~InFlight() = default;

void InFlight::interrupted(std::list<Operation>::iterator operation) {
  {
    const std::lock_guard lock(mutex_);
    operation->interrupted = true;
    look_now_ = true;
  }
  changed_.notify_all();
}

void InFlight::end_all() {
  std::vector<std::stop_source> stops;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const Operation& each : operations_) stops.push_back(each.stop);
  }
  // Outside the lock: stopping runs the callbacks of whoever waits.
  for (std::stop_source& each : stops) each.request_stop();
}

std::vector<InFlight::Seen> InFlight::due(Time::time_point now) {
  std::vector<Seen> seen;
  for (const Operation& each : operations_)
    if ((each.interrupted || now - each.begun >= patience) &&
        !each.stop.stop_requested())
      seen.push_back({each.stop, each.thread, each.sort});
  return seen;
}

void InFlight::end_unwanted(const std::vector<Seen>& seen) const {
  std::map<pid_t, bool> ends;  // each thread is looked at once
  bool others_may_wait = false;
  for (const Seen& each : seen) {
    const auto [at, first] = ends.try_emplace(each.thread, false);
    if (first && each.thread != 0) {
      const auto state = source_.of(each.thread);
      at->second = state && wants_to_end(*state);
    }
    if (at->second)
      std::stop_source(each.stop).request_stop();
    else if (each.sort == Sort::shared_read)
      others_may_wait = true;
  }
  if (tracer_ == 0 || !others_may_wait || !source_.tracee_waits(tracer_))
    return;
  for (const Seen& each : seen)
    if (each.sort == Sort::shared_read)
      std::stop_source(each.stop).request_stop();
}

void InFlight::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (operations_.empty()) {
      resting_ = true;
      changed_.wait(lock, stop, [&] { return !operations_.empty(); });
      resting_ = false;
      continue;
    }
    // Looked at once in this time at most, but for interrupts: who begins
    // and ends within it costs the watcher nothing.
    changed_.wait_for(lock, stop, patience, [&] { return look_now_; });
    look_now_ = false;
    const std::vector<Seen> seen = due(Time::now());
    if (seen.empty()) continue;
    lock.unlock();
    end_unwanted(seen);
    lock.lock();
  }
}

}  // namespace vfsrun::fuse
