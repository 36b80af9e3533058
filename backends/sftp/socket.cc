// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/socket.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <thread>

namespace vfsrun::sftp {

namespace {

constexpr std::chrono::seconds one_address{5};

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

/// What a name server answers, in a thread that nobody has to wait for.
struct Lookup {
  std::mutex mutex;
  Addresses addresses;
  int code = EAI_AGAIN;
};

Result<Addresses> resolve(const std::string& host, std::uint16_t port,
                          Family family, const Patience& patience) {
  const auto lookup = std::make_shared<Lookup>();
  Pipe done = TRY(Pipe::create());
  std::thread([=, end = std::make_shared<Fd>(std::move(done.write_end))] {
    addrinfo hints{};
    hints.ai_family = family == Family::ipv4   ? AF_INET
                      : family == Family::ipv6 ? AF_INET6
                                               : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(),
                                   &hints, &list);
    {
      const std::lock_guard lock(lookup->mutex);
      lookup->code = code;
      if (code == 0) lookup->addresses.reset(list);
    }
    end->reset();
  }).detach();
  TRY(patience.wait(done.read_end.get(), POLLIN));
  const std::lock_guard lock(lookup->mutex);
  if (lookup->code == 0) return std::move(lookup->addresses);
  return fail(EHOSTUNREACH, fmt::format("the name {} is not found ({})", host,
                                        ::gai_strerror(lookup->code)));
}

Result<Fd> connect_one(const addrinfo& address, const Patience& patience) {
  Fd fd(::socket(address.ai_family,
                 address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                 address.ai_protocol));
  if (!fd) return fail_errno("socket");
  const int on = 1;
  (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return fail_errno("connect");
  TRY(patience.with_limit(Patience::Clock::now() + one_address)
          .wait(fd.get(), POLLOUT));
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return fail_errno("getsockopt");
  if (error != 0) return fail_errno("connect", error);
  return fd;
}

}  // namespace

Result<Fd> connect_to(const std::string& host, std::uint16_t port,
                      Family family, const Patience& patience) {
  const Addresses addresses = TRY(resolve(host, port, family, patience));
  Result<Fd> last = fail(EHOSTUNREACH, "no address");
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    last = connect_one(*at, patience);
    if (last || last.error().code == EINTR) break;
  }
  if (!last && last.error().code != EINTR) {
    last.error().detail =
        fmt::format("port {} of {}: {}", port, host, last.error().detail);
  }
  return last;
}

}  // namespace vfsrun::sftp
