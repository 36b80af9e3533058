// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/interrupt.hh"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <csignal>

namespace vfsrun::fuse {
namespace {

/// Signals as a test says, and how often they were looked at.
class FakeSignals {
 public:
  SignalSource source() {
    SignalSource made;
    made.of = [this](pid_t thread) -> std::optional<SignalState> {
      const std::lock_guard lock(mutex_);
      ++looks_;
      looked_.notify_all();
      SignalState state;
      if (thread == ending_) state.pending = 1U << (SIGINT - 1);
      return state;
    };
    made.tracee_waits = [this](pid_t) { return tracee_.load(); };
    return made;
  }

  void end(pid_t thread) {
    const std::lock_guard lock(mutex_);
    ending_ = thread;
  }

  void let_tracee_wait() { tracee_ = true; }

  void await_looks(int more) {
    std::unique_lock lock(mutex_);
    const int until = looks_ + more;
    looked_.wait(lock, [&] { return looks_ >= until; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable looked_;
  int looks_ = 0;
  pid_t ending_ = -1;
  std::atomic<bool> tracee_ = false;
};

void await_stop(const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait(lock, token, [] { return false; });
}

TEST_SUITE_BEGIN("gateway/fuse/interrupt");

TEST_CASE("an old operation ends when its thread is to end") {
  FakeSignals signals;
  InFlight in_flight(0, signals.source());
  InFlight::Ticket one(in_flight, 10, InFlight::Sort::other);
  InFlight::Ticket other(in_flight, 11, InFlight::Sort::other);
  signals.await_looks(2);
  CHECK_FALSE(one.stop().stop_requested());
  signals.end(10);
  await_stop(one.stop());
  signals.await_looks(2);
  CHECK_FALSE(other.stop().stop_requested());
}

TEST_CASE("an interrupt for a harmless signal changes nothing") {
  FakeSignals signals;
  InFlight in_flight(0, signals.source());
  InFlight::Ticket ticket(in_flight, 10, InFlight::Sort::other);
  ticket.interrupted();
  signals.await_looks(2);
  CHECK_FALSE(ticket.stop().stop_requested());
  // The kernel interrupts once only: a later signal is found by looking.
  signals.end(10);
  await_stop(ticket.stop());
}

TEST_CASE("a traced waiter frees the reads that others have issued") {
  FakeSignals signals;
  InFlight in_flight(99, signals.source());
  InFlight::Ticket ahead(in_flight, 10, InFlight::Sort::shared_read);
  InFlight::Ticket page(in_flight, 11, InFlight::Sort::single_page_read);
  InFlight::Ticket other(in_flight, 12, InFlight::Sort::other);
  signals.let_tracee_wait();
  await_stop(ahead.stop());
  signals.await_looks(4);
  CHECK_FALSE(page.stop().stop_requested());
  CHECK_FALSE(other.stop().stop_requested());
}

TEST_CASE("without a tracer nobody else's signals are looked at") {
  FakeSignals signals;
  signals.let_tracee_wait();
  InFlight in_flight(0, signals.source());
  InFlight::Ticket ahead(in_flight, 10, InFlight::Sort::shared_read);
  signals.await_looks(3);
  CHECK_FALSE(ahead.stop().stop_requested());
}

TEST_CASE("at the end everything ends, and what comes later too") {
  InFlight in_flight;
  InFlight::Ticket before(in_flight, 0, InFlight::Sort::other);
  in_flight.end_all();
  CHECK(before.stop().stop_requested());
  InFlight::Ticket after(in_flight, 0, InFlight::Sort::other);
  CHECK(after.stop().stop_requested());
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun::fuse
