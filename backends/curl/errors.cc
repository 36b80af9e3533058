// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/errors.hh"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace vfsrun::curl {

namespace {

struct StatusRow {
  int status;
  int code;
  std::string_view words;
};

// RFC 9110 section 15. EBUSY rather than EAGAIN for "come back later":
// programs take EAGAIN for a descriptor in non-blocking mode and spin.
constexpr std::array<StatusRow, 24> statuses{{
    {400, EINVAL, "Bad Request"},
    {401, EACCES, "Unauthorized"},
    {402, EACCES, "Payment Required"},
    {403, EACCES, "Forbidden"},
    {404, ENOENT, "Not Found"},
    {405, EACCES, "Method Not Allowed"},
    {407, EACCES, "Proxy Authentication Required"},
    {408, ETIMEDOUT, "Request Timeout"},
    {409, EBUSY, "Conflict"},
    {410, ENOENT, "Gone"},
    {412, 0, "Precondition Failed"},
    {414, ENAMETOOLONG, "URI Too Long"},
    {416, 0, "Range Not Satisfiable"},
    {423, EBUSY, "Locked"},
    {425, EBUSY, "Too Early"},
    {429, EBUSY, "Too Many Requests"},
    {431, EIO, "Request Header Fields Too Large"},
    {451, EACCES, "Unavailable For Legal Reasons"},
    {500, EIO, "Internal Server Error"},
    {501, EIO, "Not Implemented"},
    {502, EIO, "Bad Gateway"},
    {503, EBUSY, "Service Unavailable"},
    {504, ETIMEDOUT, "Gateway Timeout"},
    {507, ENOSPC, "Insufficient Storage"},
}};

struct CurlRow {
  CURLcode code;
  int error;
  bool broke;
};

// curl's libcurl-errors(3). What is not here is EIO and final.
constexpr std::array<CurlRow, 23> failures{{
    // Schemes are checked before; what is left is a server without HTTP.
    {CURLE_UNSUPPORTED_PROTOCOL, EPROTO, false},
    {CURLE_URL_MALFORMAT, EINVAL, false},
    {CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH, false},
    {CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH, false},
    {CURLE_COULDNT_CONNECT, EHOSTUNREACH, false},
    {CURLE_PROXY, ECONNREFUSED, false},
    {CURLE_OPERATION_TIMEDOUT, ETIMEDOUT, true},
    {CURLE_PARTIAL_FILE, EIO, true},
    {CURLE_GOT_NOTHING, ECONNRESET, true},
    {CURLE_SEND_ERROR, ECONNRESET, true},
    {CURLE_RECV_ERROR, ECONNRESET, true},
    {CURLE_TOO_MANY_REDIRECTS, ELOOP, false},
    {CURLE_OUT_OF_MEMORY, ENOMEM, false},
    {CURLE_REMOTE_ACCESS_DENIED, EACCES, false},
    {CURLE_LOGIN_DENIED, EACCES, false},
    // A server whose identity cannot be proved is one we are not let in to;
    // a handshake that fails otherwise is a disagreement of protocols.
    {CURLE_PEER_FAILED_VERIFICATION, EACCES, false},
    {CURLE_SSL_ISSUER_ERROR, EACCES, false},
    {CURLE_SSL_CERTPROBLEM, EACCES, false},
    {CURLE_SSL_INVALIDCERTSTATUS, EACCES, false},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, EACCES, false},
    {CURLE_SSL_CONNECT_ERROR, EPROTO, false},
    {CURLE_SSL_CIPHER, EPROTO, false},
    {CURLE_WEIRD_SERVER_REPLY, EPROTO, false},
}};

const CurlRow* find_row(int curl_code) noexcept {
  const auto* row = std::ranges::find_if(failures, [&](const CurlRow& each) {
    return static_cast<int>(each.code) == curl_code;
  });
  return row == failures.end() ? nullptr : row;
}

}  // namespace

int errno_of_status(int status) noexcept {
  if (status >= 200 && status < 400) return 0;
  const auto* row = std::ranges::find(statuses, status, &StatusRow::status);
  return row == statuses.end() ? EIO : row->code;
}

std::string describe_status(int status) {
  const auto* row = std::ranges::find(statuses, status, &StatusRow::status);
  if (row == statuses.end()) return fmt::format("{}", status);
  return fmt::format("{} {}", status, row->words);
}

int errno_of_curl(int curl_code, int os_errno) noexcept {
  // connect(2) knows best where it spoke.
  if (curl_code == CURLE_COULDNT_CONNECT &&
      (os_errno == ECONNREFUSED || os_errno == ENETUNREACH ||
       os_errno == ETIMEDOUT)) {
    return os_errno;
  }
  const CurlRow* row = find_row(curl_code);
  return row == nullptr ? EIO : row->error;
}

bool broke_on_the_way(int curl_code) noexcept {
  const CurlRow* row = find_row(curl_code);
  return row != nullptr && row->broke;
}

}  // namespace vfsrun::curl
