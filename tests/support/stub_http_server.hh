// SPDX-License-Identifier: GPL-2.0-or-later
// An HTTP/1.1 server on a free loopback port that does what a test scripts:
// any bytes, cut anywhere, at any time. One thread a connection. The script
// runs on these threads; it must not outlive the server.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/base/fd.hh"

namespace vfsrun::test {

struct StubRequest {
  std::string method;
  std::string target;                          ///< as it stood on the line
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::size_t connection = 0;                  ///< counted from 0

  /// The value, or "" where there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  /// First and last byte of "Range: bytes=a-b".
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> range()
      const;
};

/// The connection that a request came on.
class StubConnection {
 public:
  explicit StubConnection(Fd socket) : socket_(std::move(socket)) {}

  void send(std::string_view bytes);
  /// One write a byte.
  void send_slowly(std::string_view bytes);
  /// A whole response with its Content-Length.
  void respond(std::string_view status, std::string_view body = {},
               std::string_view header_lines = {});
  /// `body` as a server with ranges, an ETag and a Last-Modified gives it:
  /// 200, 206, 304, 412 or 416.
  void serve_file(const StubRequest& request, std::string_view body,
                  std::string_view etag);
  /// Closes in order (FIN) after this request.
  void close() noexcept;
  /// Breaks the connection (RST).
  void reset() noexcept;
  /// Says nothing until the client has gone or the server ends.
  void wait_until_client_leaves();

 private:
  friend class StubHttpServer;

  /// Up to the empty line; nothing at the end of the connection.
  std::optional<std::string> read_head();
  void shut_down() noexcept;

  Fd socket_;
  std::mutex mutex_;  ///< guards socket_ against shut_down()
  std::string unread_;
  bool closed_ = false;
};

class StubHttpServer {
 public:
  using Script = std::function<void(const StubRequest&, StubConnection&)>;

  explicit StubHttpServer(Script script);
  StubHttpServer(const StubHttpServer&) = delete;
  StubHttpServer& operator=(const StubHttpServer&) = delete;
  ~StubHttpServer();

  [[nodiscard]] int port() const noexcept { return port_; }

  /// "127.0.0.1:port"
  [[nodiscard]] std::string authority() const;
  /// "http://127.0.0.1:port" + path
  [[nodiscard]] std::string url(std::string_view path = "/") const;

  /// All that came in so far, in order.
  [[nodiscard]] std::vector<StubRequest> requests() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void accept_all();
  void serve(StubConnection& connection, std::size_t number);

  Script script_;
  int port_ = 0;  // listening sets it
  Fd listener_;
  mutable std::mutex mutex_;
  std::vector<StubRequest> requests_;
  std::list<StubConnection> connections_;
  std::list<std::jthread> threads_;
  std::jthread acceptor_;
};

/// 127.0.0.1:port where nobody listens.
std::string unused_authority();

}  // namespace vfsrun::test
