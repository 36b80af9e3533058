// SPDX-License-Identifier: GPL-2.0-or-later
// Answers that need bytes in the program's memory: getcwd, readlink, listings.
// For the tracer's one thread; a page that may have to be waited for parks the
// thread instead of the tracer.
#pragma once

#include "tracer/memory_worker.hh"
#include "tracer/parked.hh"
#include "tracer/stopped.hh"
#include "tracer/tracee.hh"

namespace vfsrun::tracer {

class ReplyWriter {
 public:
  /// Both outlive it.
  ReplyWriter(MemoryWorker& memory, Parked& parked)
      : memory_(memory), parked_(parked) {}

  /// Writes `text` to `at` and then gives `reply`, at a seccomp-stop or a
  /// syscall-exit-stop; -EFAULT where the program has no such memory.
  void write(Stopped stopped, Tracee& tracee, RemoteAddress at,
             std::string text, PendingReply reply);

  /// A write that a parked thread waited for is done.
  void finish(Stopped stopped, Tracee& tracee, bool written);

 private:
  MemoryWorker& memory_;
  Parked& parked_;
};

}  // namespace vfsrun::tracer
