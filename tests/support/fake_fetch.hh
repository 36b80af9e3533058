// SPDX-License-Identifier: GPL-2.0-or-later
// A remote file whose bytes follow from their offsets, and a Fetch that
// counts, waits and fails as told. Any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/backend.hh"

namespace vfsrun::test {

/// What every fake file holds in `range`.
std::vector<std::byte> pattern(ByteRange range);

/// A door that threads wait at.
class Gate {
 public:
  void open();
  /// Lets callers of wait() through again only after open().
  void close();
  /// False when a stop was asked for before the door opened.
  bool wait(const std::stop_token& stop);
  /// Returns when so many threads have come to wait().
  void await_arrivals(std::size_t count);

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = false;
  std::size_t arrivals_ = 0;
};

/// Copies share what they count.
class FakeFetch {
 public:
  using Function =
      std::function<Result<void>(ByteRange, const ByteSink&, Call&)>;

  /// Streams pattern() in pieces.
  FakeFetch() : FakeFetch(stream) {}

  explicit FakeFetch(Function answer)
      : state_(std::make_shared<State>()), answer_(std::move(answer)) {}

  Result<void> operator()(ByteRange range, const ByteSink& sink,
                          Call& call) const;

  [[nodiscard]] std::vector<ByteRange> requests() const;

  [[nodiscard]] std::size_t count() const { return requests().size(); }

  static Result<void> stream(ByteRange range, const ByteSink& sink, Call& call);

 private:
  struct State {
    std::mutex mutex;
    std::vector<ByteRange> requests;
  };

  std::shared_ptr<State> state_;
  Function answer_;
};

}  // namespace vfsrun::test
