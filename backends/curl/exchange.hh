// SPDX-License-Identifier: GPL-2.0-or-later
// One HTTP request and what comes of it, as plain values: what the engine
// takes and gives. Knows nothing of libcurl, redirects, retries or files.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/result.hh"

namespace vfsrun::curl {

/// A GET or a HEAD.
struct Request {
  std::string url;                   ///< absolute, without user and fragment
  bool head_only = false;            ///< HEAD
  std::vector<std::string> headers;  ///< "Name: value"
  std::string username;              ///< empty: no credentials
  std::string password;
  /// A small answer: where the server speaks HTTP/2 it may share a connection
  /// with others. Bulk has one of its own, since the streams of a connection
  /// share one TCP window.
  bool small = false;
  /// Refused with EACCES, before anything is sent, where the connection leads
  /// to a private address.
  bool public_only = false;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
};

/// Status line and header fields of a response.
struct ResponseHead {
  int status = 0;  ///< 0: none has come
  /// Names in lower case, values without blanks around them.
  std::vector<std::pair<std::string, std::string>> fields;

  /// The first field of that lower-case name, or null.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  /// What Content-Length says, where it says a number.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept;
};

/// What a sink wants next.
enum class Flow : std::uint8_t {
  more,
  enough,  ///< the transfer ends here, and has succeeded
};

/// Takes a response. Called on the engine's thread, never after perform()
/// has returned: must not block, and must not call the engine.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Once, before any body.
  virtual Result<Flow> on_head(const ResponseHead& head) = 0;
  virtual Result<Flow> on_body(std::span<const std::byte> bytes) = 0;
};

/// How a transfer ended.
struct Outcome {
  std::optional<Error> error;  ///< none: complete, or the sink had enough
  bool broke = false;          ///< it failed on the way: a repeat may succeed
  bool connected = true;       ///< as far as is known
  /// Answered from a private address; a proxy's counts where there is one.
  bool private_peer = false;
  ResponseHead head;
};

}  // namespace vfsrun::curl
