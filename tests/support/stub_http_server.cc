// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/stub_http_server.hh"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "gateway/base/text.hh"

namespace vfsrun::test {

namespace {

constexpr std::string_view file_date = "Sun, 06 Nov 1994 08:49:37 GMT";

Fd listen_on_loopback(int& port) {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (!listener || ::bind(listener.get(), generic, size) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0) {
    throw std::runtime_error("no free port on 127.0.0.1");
  }
  port = ntohs(address.sin_port);
  return listener;
}

StubRequest parse_head(const std::string& head) {
  StubRequest request;
  std::size_t at = head.find("\r\n");
  const std::string line = head.substr(0, at);
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  while (at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string field = head.substr(at + 2, end - at - 2);
    const std::size_t colon = field.find(':');
    if (colon != std::string::npos)
      request.headers[to_lower(field.substr(0, colon))] =
          trim(std::string_view(field).substr(colon + 1));
    at = end;
  }
  return request;
}

}  // namespace

std::string StubRequest::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string() : found->second;
}

std::optional<std::pair<std::size_t, std::size_t>> StubRequest::range() const {
  const std::string value = header("range");
  const std::size_t dash = value.find('-');
  if (!value.starts_with("bytes=") || dash == value.npos) return std::nullopt;
  const auto first = parse_number(std::string_view(value).substr(6, dash - 6));
  const auto last = parse_number(std::string_view(value).substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return std::pair(*first, *last);
}

void StubConnection::send(std::string_view bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      closed_ = true;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void StubConnection::send_slowly(std::string_view bytes) {
  const int on = 1;
  (void)::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (const char byte : bytes) send({&byte, 1});
}

void StubConnection::respond(std::string_view status, std::string_view body,
                             std::string_view header_lines) {
  send(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n", status,
                   body.size(), header_lines));
  send(body);
}

void StubConnection::serve_file(const StubRequest& request,
                                std::string_view body, std::string_view etag) {
  const std::string validators = fmt::format(
      "ETag: {}\r\nLast-Modified: {}\r\nContent-Type: text/plain\r\n", etag,
      file_date);
  const std::string if_match = request.header("if-match");
  if (!if_match.empty() && if_match != etag)
    return respond("412 Precondition Failed");
  if (request.header("if-none-match") == etag) {
    send(fmt::format("HTTP/1.1 304 Not Modified\r\n{}\r\n", validators));
    return;
  }
  const auto range = request.range();
  if (!range) return respond("200 OK", body, validators);
  if (range->first >= body.size()) {
    return respond("416 Range Not Satisfiable", {},
                   fmt::format("Content-Range: bytes */{}\r\n", body.size()));
  }
  const std::size_t last = std::min(range->second, body.size() - 1);
  respond("206 Partial Content",
          body.substr(range->first, last - range->first + 1),
          fmt::format("{}Content-Range: bytes {}-{}/{}\r\n", validators,
                      range->first, last, body.size()));
}

void StubConnection::close() noexcept {
  closed_ = true;
  (void)::shutdown(socket_.get(), SHUT_RDWR);
}

void StubConnection::reset() noexcept {
  // socket(7): a lingering time of 0 makes close(2) send RST.
  const linger at_once{1, 0};
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once,
                     sizeof at_once);
  const std::lock_guard lock(mutex_);
  closed_ = true;
  socket_.reset();
}

void StubConnection::wait_until_client_leaves() {
  pollfd waited{socket_.get(), POLLRDHUP, 0};
  (void)::poll(&waited, 1, -1);
  closed_ = true;
}

void StubConnection::shut_down() noexcept {
  const std::lock_guard lock(mutex_);
  if (socket_) (void)::shutdown(socket_.get(), SHUT_RDWR);
}

std::optional<std::string> StubConnection::read_head() {
  while (!closed_) {
    const std::size_t end = unread_.find("\r\n\r\n");
    if (end != unread_.npos) {
      std::string head = unread_.substr(0, end + 2);
      unread_.erase(0, end + 4);
      return head;
    }
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

StubHttpServer::StubHttpServer(Script script)
    : script_(std::move(script)), listener_(listen_on_loopback(port_)) {
  if (::listen(listener_.get(), 256) != 0)
    throw std::runtime_error("cannot listen on 127.0.0.1");
  acceptor_ = std::jthread([this] { accept_all(); });
}

StubHttpServer::~StubHttpServer() {
  (void)::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (StubConnection& connection : connections_) connection.shut_down();
  for (std::jthread& thread : threads_) thread.join();
}

std::string StubHttpServer::authority() const {
  return fmt::format("127.0.0.1:{}", port_);
}

std::string StubHttpServer::url(std::string_view path) const {
  return fmt::format("http://{}{}", authority(), path);
}

std::vector<StubRequest> StubHttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t StubHttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

void StubHttpServer::accept_all() {
  for (;;) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    const std::lock_guard lock(mutex_);
    const std::size_t number = connections_.size();
    StubConnection& connection = connections_.emplace_back(std::move(socket));
    threads_.emplace_back(
        [this, &connection, number] { serve(connection, number); });
  }
}

void StubHttpServer::serve(StubConnection& connection, std::size_t number) {
  while (const auto head = connection.read_head()) {
    StubRequest request = parse_head(*head);
    request.connection = number;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    script_(request, connection);
  }
  connection.shut_down();
}

std::string unused_authority() {
  int port = 0;
  // Bound and closed again: the kernel gives it to nobody else for a while.
  const Fd once = listen_on_loopback(port);
  return fmt::format("127.0.0.1:{}", port);
}

}  // namespace vfsrun::test
