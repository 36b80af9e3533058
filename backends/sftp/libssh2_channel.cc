// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/libssh2_channel.hh"

#include <fmt/core.h>
#include <sys/socket.h>

#include "backends/sftp/known_hosts.hh"
#include "backends/sftp/libssh2_login.hh"
#include "backends/sftp/libssh2_session.hh"
#include "backends/sftp/socket.hh"

namespace vfsrun::sftp {

namespace {

// RFC 4254 section 5.2. libssh2 widens the window again when a quarter has
// gone, and has to get that message out before it reads on: the larger, the
// rarer.
constexpr unsigned window = 32U << 20;
constexpr unsigned packet = 32768;
// libssh2 sends this much in one packet.
constexpr std::size_t most_written = 32'700;

class Libssh2Channel final : public Channel {
 public:
  Libssh2Channel(Fd socket, Session session, LIBSSH2_CHANNEL* channel)
      : socket_(std::move(socket)),
        session_(std::move(session)),
        channel_(channel) {}

  // The channel is freed with its session. Shut down, the socket makes that
  // end at once; closed, its number could be another's by then.
  ~Libssh2Channel() override { (void)::shutdown(socket_.get(), SHUT_RDWR); }

  Result<std::size_t> read(std::span<std::byte> out) override {
    const ssize_t size = libssh2_channel_read(
        channel_, reinterpret_cast<char*>(out.data()), out.size());
    if (size > 0) return static_cast<std::size_t>(size);
    if (size == 0 && libssh2_channel_eof(channel_) != 0)
      return fail(ECONNRESET, "the server has closed the connection");
    return nothing(size);
  }

  Result<std::size_t> write(std::span<const std::byte> bytes) override {
    const auto part = bytes.first(std::min(bytes.size(), most_written));
    const ssize_t size = libssh2_channel_write(
        channel_, reinterpret_cast<const char*>(part.data()), part.size());
    if (size > 0) return static_cast<std::size_t>(size);
    return nothing(size);
  }

  [[nodiscard]] pollfd waits_for(bool blocked_write) const override {
    int events = POLLIN;
    // A blocked write may wait for room in the socket, or for the server to
    // widen its window.
    if (blocked_write || (libssh2_session_block_directions(session_.get()) &
                          LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
      events |= events_of(session_.get());
    return {socket_.get(), static_cast<short>(events), 0};
  }

 private:
  /// BAD_USE: a packet of the other direction (data, or the window) is half
  /// sent; nothing else goes out before it has gone.
  Result<std::size_t> nothing(ssize_t said) {
    if (said == 0 || said == LIBSSH2_ERROR_EAGAIN ||
        said == LIBSSH2_ERROR_BAD_USE)
      return 0;
    return fail(ECONNRESET, fmt::format("the connection is lost ({})",
                                        last_error(session_.get())));
  }

  Fd socket_;
  Session session_;
  LIBSSH2_CHANNEL* channel_;
};

}  // namespace

Result<std::unique_ptr<Channel>> open_by_libssh2(const LoginContext& context,
                                                 const SshConfig& config,
                                                 const Patience& patience) {
  const Family family = !config.ipv6   ? Family::ipv4
                        : !config.ipv4 ? Family::ipv6
                                       : Family::any;
  Session session = make_session();
  if (!session) return fail(ENOMEM, "libssh2 does not start");
  Fd socket = TRY(connect_to(config.hostname, config.port, family, patience));

  // Whatever happens the socket is shut down before the session is freed.
  struct ShutDown {
    const Fd& socket;
    Session& session;

    ~ShutDown() {
      if (!session) return;
      (void)::shutdown(socket.get(), SHUT_RDWR);
      session.reset();
    }
  } const order{socket, session};

  const Libssh2Login login{session.get(), socket.get(), context, config,
                           patience};
  const KnownHosts known(config.known_hosts);
  TRY(shake_hands(login, known));
  TRY(check_host_key(login, known));
  TRY(log_in(login));
  LIBSSH2_CHANNEL* channel = nullptr;
  const int opened = TRY(drive(session.get(), socket.get(), patience, [&] {
    channel = libssh2_channel_open_ex(session.get(), "session", 7, window,
                                      packet, nullptr, 0);
    return channel == nullptr ? libssh2_session_last_errno(session.get()) : 0;
  }));
  if (opened != 0) {
    return fail(EPROTO, fmt::format("the server opens no channel ({})",
                                    last_error(session.get())));
  }
  const int started = TRY(drive(session.get(), socket.get(), patience, [&] {
    return libssh2_channel_subsystem(channel, "sftp");
  }));
  if (started != 0) {
    return fail(EPROTO, fmt::format("the server has no sftp ({})",
                                    last_error(session.get())));
  }
  return std::make_unique<Libssh2Channel>(std::move(socket), std::move(session),
                                          channel);
}

}  // namespace vfsrun::sftp
