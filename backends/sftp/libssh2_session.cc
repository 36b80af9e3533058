// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/libssh2_session.hh"

#include <poll.h>

namespace vfsrun::sftp {

Session make_session() {
  // libssh2_init(3) is not safe among threads, a local static is.
  static const int ready = libssh2_init(0);
  if (ready != 0) return nullptr;
  Session session(libssh2_session_init());
  if (session) libssh2_session_set_blocking(session.get(), 0);
  return session;
}

std::string last_error(LIBSSH2_SESSION* session) {
  char* text = nullptr;
  int size = 0;
  libssh2_session_last_error(session, &text, &size, 0);
  return text == nullptr ? std::string()
                         : std::string(text, static_cast<std::size_t>(size));
}

short events_of(LIBSSH2_SESSION* session) {
  const int directions = libssh2_session_block_directions(session);
  int events = 0;
  if ((directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0) events |= POLLIN;
  if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0) events |= POLLOUT;
  return static_cast<short>(events == 0 ? POLLIN : events);
}

}  // namespace vfsrun::sftp
