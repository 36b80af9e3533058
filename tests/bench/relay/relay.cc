// SPDX-License-Identifier: GPL-2.0-or-later
// A TCP relay that adds latency, and if asked a rate limit, in user space:
//   vfsrun-relay HOST:PORT [--delay-ms N] [--rate BYTES_PER_SECOND]
//                [--window BYTES]
// Listens on a free port of 127.0.0.1, which is the first line it prints.
// Each direction is N ms late (default 10, a round trip of 20). At most
// --window bytes of a connection (default 128 MiB) are not acknowledged, which
// takes a round trip. SIGUSR1 and the end (SIGTERM, SIGINT) print
// "connections N bytes N". Not modelled: the handshake, which the kernel
// answers at once, and slow start.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"
#include "tests/bench/relay/connection.hh"

namespace vfsrun::relay {
namespace {

struct Options {
  sockaddr_in upstream{};
  Link link;
};

[[noreturn]] void usage() {
  fmt::print(stderr,
             "usage: vfsrun-relay HOST:PORT [--delay-ms N] [--rate BYTES]\n");
  std::exit(2);
}

std::uint64_t number_of(const char* text) {
  const auto number = text == nullptr ? std::nullopt : parse_number(text);
  if (!number) usage();
  return *number;
}

Options parse(int argc, char** argv) {
  Options options;
  const std::string target = argc > 1 ? argv[1] : "";
  const std::size_t colon = target.rfind(':');
  if (colon == target.npos) usage();
  options.upstream.sin_family = AF_INET;
  options.upstream.sin_port =
      htons(static_cast<std::uint16_t>(number_of(target.c_str() + colon + 1)));
  if (::inet_pton(AF_INET, target.substr(0, colon).c_str(),
                  &options.upstream.sin_addr) != 1)
    usage();
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    const std::uint64_t value = number_of(argv[i + 1]);
    if (name == "--delay-ms")
      options.link.delay = std::chrono::milliseconds(value);
    else if (name == "--rate")
      options.link.bytes_per_second = value;
    else if (name == "--window")
      options.link.window = value;
    else
      usage();
  }
  return options;
}

Fd listen_on_free_port() {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0 ||
      ::listen(listener.get(), SOMAXCONN) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0) {
    std::perror("vfsrun-relay: listen");
    std::exit(1);
  }
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

/// Signals as a readable descriptor: the loop is the only thread.
Fd block_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return Fd(::signalfd(-1, &set, SFD_CLOEXEC));
}

void print_counts(const Connections& connections) {
  fmt::print("connections {} bytes {}\n", connections.count(),
             connections.bytes());
  std::fflush(stdout);
}

int run(const Options& options) {
  const Fd signals = block_signals();
  const Fd listener = listen_on_free_port();
  const Fd poller(::epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {signals.get(), listener.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, fd, &event);
  }
  Connections connections(poller.get(), options.upstream, options.link);
  for (;;) {
    const auto wait = connections.until_next();
    std::array<epoll_event, 64> events{};
    const int ready = ::epoll_pwait2(poller.get(), events.data(),
                                     static_cast<int>(events.size()),
                                     wait ? &*wait : nullptr, nullptr);
    for (int i = 0; i < ready; ++i) {
      const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
      if (fd == signals.get()) {
        signalfd_siginfo info{};
        if (::read(fd, &info, sizeof info) != sizeof info) continue;
        print_counts(connections);
        if (info.ssi_signo != SIGUSR1) return 0;
      } else if (fd == listener.get()) {
        connections.accept_from(fd);
      } else {
        connections.on_event(fd);
      }
    }
    connections.deliver();
  }
}

}  // namespace
}  // namespace vfsrun::relay

int main(int argc, char** argv) {
  // A line costs no time of the machine's: what is freed is kept for reuse.
  (void)::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  (void)::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  return vfsrun::relay::run(vfsrun::relay::parse(argc, argv));
}
