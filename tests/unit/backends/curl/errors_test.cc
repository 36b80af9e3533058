// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/errors.hh"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <array>
#include <cerrno>

TEST_SUITE_BEGIN("backends/curl/errors.cc");

using namespace vfsrun::curl;

TEST_CASE("a status becomes the errno that programs understand") {
  struct Row {
    int status;
    int code;
  };

  for (const auto& [status, code] : std::to_array<Row>({{200, 0},
                                                        {206, 0},
                                                        {304, 0},
                                                        {400, EINVAL},
                                                        {401, EACCES},
                                                        {403, EACCES},
                                                        {404, ENOENT},
                                                        {407, EACCES},
                                                        {408, ETIMEDOUT},
                                                        {410, ENOENT},
                                                        {414, ENAMETOOLONG},
                                                        {418, EIO},
                                                        {429, EBUSY},
                                                        {451, EACCES},
                                                        {500, EIO},
                                                        {502, EIO},
                                                        {503, EBUSY},
                                                        {504, ETIMEDOUT},
                                                        {599, EIO},
                                                        {999, EIO}})) {
    CAPTURE(status);
    CHECK(errno_of_status(status) == code);
  }
}

TEST_CASE("a status is described in our own words") {
  CHECK(describe_status(403) == "403 Forbidden");
  CHECK(describe_status(599) == "599");
}

TEST_CASE("a failure of libcurl becomes an errno") {
  struct Row {
    CURLcode curl;
    int system;
    int code;
  };

  for (const auto& [curl, system, code] :
       std::to_array<Row>({{CURLE_COULDNT_CONNECT, ECONNREFUSED, ECONNREFUSED},
                           {CURLE_COULDNT_CONNECT, ENETUNREACH, ENETUNREACH},
                           {CURLE_COULDNT_CONNECT, 0, EHOSTUNREACH},
                           {CURLE_COULDNT_RESOLVE_HOST, 0, EHOSTUNREACH},
                           {CURLE_COULDNT_RESOLVE_PROXY, 0, EHOSTUNREACH},
                           {CURLE_OPERATION_TIMEDOUT, 0, ETIMEDOUT},
                           {CURLE_PEER_FAILED_VERIFICATION, 0, EACCES},
                           {CURLE_SSL_CONNECT_ERROR, 0, EPROTO},
                           {CURLE_TOO_MANY_REDIRECTS, 0, ELOOP},
                           {CURLE_RECV_ERROR, 0, ECONNRESET},
                           {CURLE_PARTIAL_FILE, 0, EIO},
                           {CURLE_OUT_OF_MEMORY, 0, ENOMEM},
                           {CURLE_FTP_WEIRD_PASV_REPLY, 0, EIO}})) {
    CAPTURE(static_cast<int>(curl));
    CHECK(errno_of_curl(curl, system) == code);
  }
}

TEST_CASE("only what broke on the way is worth a repeat") {
  CHECK(broke_on_the_way(CURLE_PARTIAL_FILE));
  CHECK(broke_on_the_way(CURLE_RECV_ERROR));
  CHECK_FALSE(broke_on_the_way(CURLE_COULDNT_CONNECT));
  CHECK_FALSE(broke_on_the_way(CURLE_PEER_FAILED_VERIFICATION));
  CHECK_FALSE(broke_on_the_way(CURLE_FTP_WEIRD_PASV_REPLY));
}

TEST_SUITE_END();
