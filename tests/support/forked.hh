// SPDX-License-Identifier: GPL-2.0-or-later
// A part of a test that runs in a process of its own. To be called while the
// test has no other thread.
#pragma once

#include <sys/types.h>

#include <functional>

#include "gateway/base/fd.hh"

namespace vfsrun::test {

/// Killed and waited for when dropped.
class Forked {
 public:
  /// `body` gets a pipe's end to write to and the end to read from; its
  /// return value is the exit status, 99 after an exception. A minute of
  /// running ends it.
  explicit Forked(const std::function<int(const Pipe& to_and_from)>& body);
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  ~Forked();

  /// Reads so many bytes from the child; false when it ended before.
  bool await_bytes(std::size_t count) const;
  void send_byte() const;
  void kill() const;
  /// Exit status, or 128 + signal.
  int wait();

 private:
  pid_t pid_ = -1;
  Fd from_child_;
  Fd to_child_;
};

}  // namespace vfsrun::test
