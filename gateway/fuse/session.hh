// SPDX-License-Identifier: GPL-2.0-or-later
// One FUSE session: the mount, the threads that serve it, and its end. Made,
// served and ended by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/base/fd.hh"
#include "gateway/fuse/operation.hh"

namespace vfsrun::fuse {

class Session {
 public:
  /// Mounts at an empty directory: directly as root, else through
  /// fusermount3. To be called before the process has other threads, since
  /// libfuse forks for fusermount3. The error's detail is one line for
  /// people. Requests wait until serve().
  static Result<std::unique_ptr<Session>> mount(const std::string& mountpoint);
  /// Serves the kernel's protocol over a socket, for tests.
  static Result<std::unique_ptr<Session>> attach(Fd socket);

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// end(), and what is left of the session.
  ~Session();

  /// Starts to answer requests, on threads of its own. `context` outlives the
  /// session's end.
  Result<void> serve(const Context& context);

  /// Readable once nothing is mounted any more: somebody unmounted it, or
  /// end() did.
  [[nodiscard]] int ended_fd() const noexcept;

  /// Ends what is in flight, unmounts (detaching where programs still hold
  /// files) and waits for the threads, all in bounded time. False when
  /// threads are left: then only the end of the process frees the mount.
  bool end();

 private:
  struct Impl;

  explicit Session(std::unique_ptr<Impl> impl) noexcept;

  std::unique_ptr<Impl> impl_;
};

}  // namespace vfsrun::fuse
