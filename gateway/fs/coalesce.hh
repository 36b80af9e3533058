// SPDX-License-Identifier: GPL-2.0-or-later
// Many callers with one question: one asks, the others wait for the answer.
// Thread-safe. For short questions; long transfers have threads of their own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/base/call.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

template <class Value>
class Coalesce {
 public:
  /// The answer of `ask(call)`, or of the same question already under way.
  /// Who waits for another leaves at his own stop (EINTR) or deadline
  /// (ETIMEDOUT). When the asker gives up for reasons of his own, the next in
  /// line asks.
  template <class Ask>
  Result<Value> run(const std::string& key, Call& call, Ask ask) {
    for (;;) {
      std::shared_ptr<Flight> flight;
      {
        std::unique_lock lock(mutex_);
        const auto [at, first] = flights_.try_emplace(key);
        if (first) at->second = std::make_shared<Flight>();
        flight = at->second;
        if (!first) {
          if (!wait(lock, *flight, call))
            return fail(call.stop.stop_requested() ? EINTR : ETIMEDOUT);
          if (flight->answer) return *flight->answer;
          continue;
        }
      }
      return lead(key, *flight, call, ask);
    }
  }

 private:
  struct Flight {
    bool done = false;
    std::optional<Result<Value>> answer;  // empty: ask again
  };

  bool wait(std::unique_lock<std::mutex>& lock, Flight& flight, Call& call) {
    const auto done = [&] { return flight.done; };
    // wait_until() with time_point::max() overflows inside libstdc++.
    if (call.deadline == std::chrono::steady_clock::time_point::max())
      return landed_.wait(lock, call.stop, done);
    return landed_.wait_until(lock, call.stop, call.deadline, done);
  }

  template <class Ask>
  Result<Value> lead(const std::string& key, Flight& flight, Call& call,
                     Ask& ask) {
    // Lands the flight on every way out, an exception included.
    struct Land {
      Coalesce& self;
      const std::string& key;
      Flight& flight;

      ~Land() {
        const std::lock_guard lock(self.mutex_);
        flight.done = true;
        self.flights_.erase(key);
        self.landed_.notify_all();
      }
    } land{*this, key, flight};

    Result<Value> answer = ask(call);
    const bool own_reason =
        !answer && (answer.error().code == EINTR || call.stop.stop_requested());
    if (!own_reason) {
      const std::lock_guard lock(mutex_);
      flight.answer = answer;
    }
    return answer;
  }

  std::mutex mutex_;
  std::condition_variable_any landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace vfsrun
