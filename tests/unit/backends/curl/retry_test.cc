// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/retry.hh"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("backends/curl/retry.cc");

using namespace vfsrun::curl;
using namespace std::chrono_literals;

TEST_CASE("a broken connection is tried three times with growing pauses") {
  const Failure broke{true, 0, {}};
  CHECK(retry_delay(1, broke, 0.0) == 50ms);
  CHECK(retry_delay(1, broke, 1.0) == 100ms);
  CHECK(retry_delay(2, broke, 0.0) == 200ms);
  CHECK(retry_delay(2, broke, 1.0) == 400ms);
  CHECK(retry_delay(3, broke, 0.5) == std::nullopt);
}

TEST_CASE("what will not pass by itself is not tried again") {
  for (const int status : {0, 400, 401, 403, 404, 410, 416, 500, 501}) {
    CAPTURE(status);
    CHECK(retry_delay(1, {false, status, {}}, 0.5) == std::nullopt);
  }
}

TEST_CASE("a busy server is asked again") {
  for (const int status : {408, 429, 502, 503, 504}) {
    CAPTURE(status);
    CHECK(retry_delay(1, {false, status, {}}, 0.0) == 50ms);
  }
}

TEST_CASE("Retry-After is the least pause, and too long a one is an answer") {
  CHECK(retry_delay(1, {false, 503, 2s}, 0.0) == 2000ms);
  CHECK(retry_delay(2, {false, 503, 0s}, 0.0) == 200ms);
  CHECK(retry_delay(1, {false, 429, 3600s}, 0.0) == std::nullopt);
}

TEST_CASE("Retry-After is read as seconds or as a date") {
  CHECK(parse_retry_after("120", 0) == 120s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111770) == 7s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111999) == 0s);
  CHECK(parse_retry_after("99999999999999", 0) == 86400s);
  CHECK(parse_retry_after("soon", 0) == std::nullopt);
  CHECK(parse_retry_after("-1", 0) == std::nullopt);
}

TEST_SUITE_END();
