// SPDX-License-Identifier: GPL-2.0-or-later
// Owners of libssh2's objects, and the one way to wait for them. A session
// and all that belongs to it are one thread's at a time.
#pragma once

#include <libssh2.h>

#include <memory>
#include <string>

#include "backends/sftp/channel.hh"

namespace vfsrun::sftp {

struct FreeSession {
  /// Whoever has a socket shuts it down first: then nothing is "again" for
  /// ever.
  void operator()(LIBSSH2_SESSION* session) const noexcept {
    constexpr int tries = 100;
    for (int i = 0; i < tries; ++i)
      if (libssh2_session_free(session) != LIBSSH2_ERROR_EAGAIN) return;
  }
};

using Session = std::unique_ptr<LIBSSH2_SESSION, FreeSession>;

/// A session that never blocks; null out of memory.
Session make_session();

/// libssh2's last word on what failed.
std::string last_error(LIBSSH2_SESSION* session);

/// The events that libssh2 waits for.
short events_of(LIBSSH2_SESSION* session);

/// Repeats `call` until it says something other than "again". The result is
/// what it said: 0 or an error of libssh2's.
template <class F>
Result<int> drive(LIBSSH2_SESSION* session, int socket,
                  const Patience& patience, F call) {
  for (;;) {
    const int said = static_cast<int>(call());
    if (said != LIBSSH2_ERROR_EAGAIN) return said;
    TRY(patience.wait(socket, events_of(session)));
  }
}

}  // namespace vfsrun::sftp
