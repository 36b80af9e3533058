// SPDX-License-Identifier: GPL-2.0-or-later
// The frame around every operation: its Call with an interrupt, the fence
// that keeps exceptions away from libfuse's C frames, and the log line. On
// the worker thread that took the request.
#pragma once

#include <chrono>
#include <string_view>

#include "gateway/base/call.hh"
#include "gateway/fs/filesystem.hh"
#include "gateway/fuse/interrupt.hh"
#include "gateway/fuse/reply.hh"

namespace vfsrun::fuse {

/// What operations work on; userdata of the session. Outlives it.
struct Context {
  Filesystem& filesystem;
  InFlight& in_flight;
  SharedCounters& counters;
  Owner owner;
  bool trace = false;  ///< a log line for each operation
};

/// What a request is about, for the log.
struct Subject {
  std::string_view operation;
  Ino ino = Ino::none;
  std::string_view name;
  InFlight::Sort sort = InFlight::Sort::other;
};

class Operation {
 public:
  Operation(fuse_req_t request, const Context& context, const Subject& subject);
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation();

  [[nodiscard]] Filesystem& filesystem() const { return context_.filesystem; }

  [[nodiscard]] const Owner& owner() const { return context_.owner; }

  [[nodiscard]] Call& call() noexcept { return call_; }

  /// The right to answer. From now on the request cannot be interrupted: the
  /// answer is on its way.
  [[nodiscard]] Reply& reply() noexcept;
  /// Answers with the error.
  void fail(const Error& error) noexcept;

 private:
  static void interrupted(fuse_req_t request, void* self);

  const Context& context_;
  Subject subject_;
  InFlight::Ticket ticket_;
  Call call_;
  std::chrono::steady_clock::time_point begun_;
  int result_ = 0;
  bool armed_ = true;
  Reply reply_;
};

/// Runs `work(operation)`, which answers; what it throws becomes the answer:
/// ENOMEM for lack of memory, else EIO and a line in the log.
template <class Work>
void run(fuse_req_t request, const Subject& subject, Work work) noexcept;

[[nodiscard]] const Context& context_of(fuse_req_t request) noexcept;
/// Logs and gives the errno for the exception being handled.
[[nodiscard]] int code_of_exception(std::string_view operation) noexcept;

template <class Work>
void run(fuse_req_t request, const Subject& subject, Work work) noexcept {
  Reply last_resort(request);
  try {
    Operation operation(request, context_of(request), subject);
    last_resort.release();
    try {
      work(operation);
    } catch (...) {
      operation.fail(Error{code_of_exception(subject.operation), {}});
    }
  } catch (...) {
    (void)code_of_exception(subject.operation);
  }
}

/// The same for what answers with an error code only.
template <class Work>
void run_plain(fuse_req_t request, const Subject& subject, Work work) noexcept {
  run(request, subject, [&](Operation& operation) {
    const Result<void> done = work(operation);
    if (done)
      operation.reply().error(0);
    else
      operation.fail(done.error());
  });
}

}  // namespace vfsrun::fuse
