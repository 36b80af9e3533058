// SPDX-License-Identifier: GPL-2.0-or-later
// A server that carries out requests one after the other on a thread of its
// own, counts them, fails as told and stands still as told. Any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gateway/base/call.hh"
#include "gateway/base/result.hh"

namespace vfsrun::test {

class FakeServer {
 public:
  using Done = std::function<void(Result<void>)>;

  FakeServer();
  ~FakeServer();

  /// Requests of this name fail, so many times.
  void fail_with(const std::string& request, Error error, int times = 1 << 30);
  void work_again();
  /// Nothing is carried out until resume(), as with SIGSTOP.
  void pause();
  void resume();
  /// Returns when so many requests wait to be carried out.
  void await_waiting(std::size_t count);

  [[nodiscard]] int count(const std::string& request);

  /// Carries `work` out in turn; `done` has the answer. `client` may give up.
  void start(const void* client, const std::string& request,
             std::function<Result<void>()> work, Done done);
  /// What this client started and is still waiting for ends with EINTR.
  void give_up(const void* client);

  /// The same, and waits for the answer.
  template <class T>
  Result<T> ask(const std::string& request, Call& call,
                std::function<Result<T>()> work) {
    const auto answer = std::make_shared<std::optional<Result<T>>>();
    start(
        nullptr, request,
        [answer, work = std::move(work)]() -> Result<void> {
          *answer = work();
          return {};
        },
        [this, answer](const Result<void>& result) {
          const std::lock_guard lock(mutex_);
          if (!result) *answer = tl::unexpected(result.error());
          answered_.insert_or_assign(answer.get(), true);
          changed_.notify_all();
        });
    TRY(wait(answer.get(), call));
    return **answer;
  }

 private:
  struct Job {
    const void* client = nullptr;
    std::string request;
    std::function<Result<void>()> work;
    Done done;
  };

  void serve(const std::stop_token& stop);
  Result<void> wait(const void* answer, Call& call);
  std::optional<Error> fault(const std::string& request);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;
  std::map<const void*, bool> answered_;
  bool paused_ = false;
  std::map<std::string, int> counts_;
  std::map<std::string, std::pair<Error, int>> faults_;
  std::jthread thread_;
};

}  // namespace vfsrun::test
