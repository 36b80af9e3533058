// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/memory_worker.hh"

#include <sys/eventfd.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include "gateway/base/fd.hh"

namespace vfsrun::tracer {

namespace {

constexpr std::size_t thread_limit = 64;

Result<std::string> run_job(const MemoryJob& job) {
  if (!job.text) return read_text(job.tid, job.address, job.size, Absent::read);
  TRY(write_memory(job.tid, job.address, std::as_bytes(std::span(*job.text))));
  return std::string();
}

}  // namespace

struct MemoryWorker::Shared {
  Fd wake;
  std::mutex mutex;
  std::condition_variable submitted;
  std::deque<MemoryJob> jobs;
  std::vector<MemoryAnswer> answers;
  std::size_t threads = 0;
  std::size_t idle = 0;
};

Result<MemoryWorker> MemoryWorker::create() {
  auto shared = std::make_shared<Shared>();
  shared->wake = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!shared->wake) return fail_errno("eventfd");
  return MemoryWorker(std::move(shared));
}

int MemoryWorker::wake_fd() const noexcept { return shared_->wake.get(); }

void MemoryWorker::submit(MemoryJob job) {
  const std::lock_guard lock(shared_->mutex);
  shared_->jobs.push_back(std::move(job));
  if (shared_->idle < shared_->jobs.size() && shared_->threads < thread_limit) {
    ++shared_->threads;
    std::thread([shared = shared_] { run(shared); }).detach();
  }
  shared_->submitted.notify_one();
}

void MemoryWorker::run(const std::shared_ptr<Shared>& shared) {
  for (;;) {
    std::unique_lock lock(shared->mutex);
    ++shared->idle;
    shared->submitted.wait(lock, [&] { return !shared->jobs.empty(); });
    --shared->idle;
    MemoryJob job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    auto result = run_job(job);
    lock.lock();
    shared->answers.push_back({std::move(job), std::move(result)});
    ::eventfd_write(shared->wake.get(), 1);
  }
}

std::vector<MemoryAnswer> MemoryWorker::take_answers() {
  const std::lock_guard lock(shared_->mutex);
  eventfd_t count = 0;
  ::eventfd_read(shared_->wake.get(), &count);  // nothing there is no harm
  return std::exchange(shared_->answers, {});
}

}  // namespace vfsrun::tracer
