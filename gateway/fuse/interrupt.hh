// SPDX-License-Identifier: GPL-2.0-or-later
// The operations in flight, and the thread that ends those nobody wants any
// more: asked by FUSE_INTERRUPT, and for operations older than 50 ms by
// looking, since a traced program that waits for the kernel's read-ahead
// makes no interrupt (ptrace keeps a fatal signal from becoming SIGKILL, so
// the wait goes on until the READ is answered). Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "gateway/fuse/pending_signals.hh"

namespace vfsrun::fuse {

/// Where signals are seen; tests bring their own.
struct SignalSource {
  std::function<std::optional<SignalState>(pid_t thread)> of = signals_of;
  std::function<bool(pid_t tracer)> tracee_waits = tracee_waits_to_end;
};

class InFlight {
 public:
  /// An operation younger than this is left alone unless the kernel says.
  static constexpr std::chrono::milliseconds patience{50};

  /// How an operation's READ looks to the watcher.
  enum class Sort : std::uint8_t {
    other,
    /// A READ of one page for one program: what the kernel sends when its
    /// read-ahead failed. Ended on its own program's account only, because
    /// its error is what that program gets.
    single_page_read,
    /// A READ that others may wait for, whoever issued it. Failing it hurts
    /// nobody: whoever wants the page has the kernel read it again.
    shared_read,
  };

  struct Operation {
    pid_t thread = 0;
    Sort sort = Sort::other;
    std::chrono::steady_clock::time_point begun;
    bool interrupted = false;
    std::stop_source stop;
  };

  /// Stands for one operation from its begin to its reply.
  class Ticket {
   public:
    Ticket(InFlight& owner, pid_t thread, Sort sort);
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket();

    [[nodiscard]] std::stop_token stop() const {
      return operation_->stop.get_token();
    }

    /// FUSE_INTERRUPT has come: look at the signals now.
    void interrupted() { owner_.interrupted(operation_); }

   private:
    InFlight& owner_;
    std::list<Operation>::iterator operation_;
  };

  /// `tracer`: its tracees are looked at too; 0: there is none.
  explicit InFlight(pid_t tracer = 0, SignalSource source = {});
  ~InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  /// Ends all operations, now and from now on: the mount goes away.
  void end_all();

 private:
  struct Seen {
    std::stop_source stop;
    pid_t thread;
    Sort sort;
  };

  void interrupted(std::list<Operation>::iterator operation);
  void watch(const std::stop_token& stop);
  std::vector<Seen> due(std::chrono::steady_clock::time_point now);
  void end_unwanted(const std::vector<Seen>& seen) const;

  const pid_t tracer_;
  const SignalSource source_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Operation> operations_;
  bool look_now_ = false;
  bool resting_ = false;  ///< the watcher waits for a first operation
  bool ending_ = false;
  std::jthread watcher_;
};

}  // namespace vfsrun::fuse
