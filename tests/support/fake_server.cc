// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_server.hh"

#include <vector>

namespace vfsrun::test {

FakeServer::FakeServer()
    : thread_([this](const std::stop_token& stop) { serve(stop); }) {}

FakeServer::~FakeServer() = default;

void FakeServer::serve(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !paused_ && !jobs_.empty(); };
  while (changed_.wait(lock, stop, ready)) {
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    if (const auto error = fault(job.request))
      job.done(tl::unexpected(*error));
    else
      job.done(job.work());
    lock.lock();
  }
}

void FakeServer::start(const void* client, const std::string& request,
                       std::function<Result<void>()> work, Done done) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({client, request, std::move(work), std::move(done)});
  changed_.notify_all();
}

void FakeServer::give_up(const void* client) {
  std::vector<Job> gone;
  {
    const std::lock_guard lock(mutex_);
    std::deque<Job> left;
    for (Job& job : jobs_) {
      if (job.client == client)
        gone.push_back(std::move(job));
      else
        left.push_back(std::move(job));
    }
    jobs_ = std::move(left);
  }
  for (const Job& job : gone) job.done(fail(EINTR));
}

Result<void> FakeServer::wait(const void* answer, Call& call) {
  std::unique_lock lock(mutex_);
  const auto done = [&] { return answered_.contains(answer); };
  const bool in_time =
      call.deadline == std::chrono::steady_clock::time_point::max()
          ? changed_.wait(lock, call.stop, done)
          : changed_.wait_until(lock, call.stop, call.deadline, done);
  if (!in_time) return fail(call.stop.stop_requested() ? EINTR : ETIMEDOUT);
  answered_.erase(answer);
  return {};
}

std::optional<Error> FakeServer::fault(const std::string& request) {
  const std::lock_guard lock(mutex_);
  ++counts_[request];
  const auto at = faults_.find(request);
  if (at == faults_.end() || at->second.second == 0) return std::nullopt;
  --at->second.second;
  return at->second.first;
}

void FakeServer::fail_with(const std::string& request, Error error, int times) {
  const std::lock_guard lock(mutex_);
  faults_[request] = {std::move(error), times};
}

void FakeServer::work_again() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

void FakeServer::pause() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
}

void FakeServer::resume() {
  const std::lock_guard lock(mutex_);
  paused_ = false;
  changed_.notify_all();
}

void FakeServer::await_waiting(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return jobs_.size() >= count; });
}

int FakeServer::count(const std::string& request) {
  const std::lock_guard lock(mutex_);
  return counts_[request];
}

}  // namespace vfsrun::test
