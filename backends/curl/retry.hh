// SPDX-License-Identifier: GPL-2.0-or-later
// When to ask again, and after how long. Pure. Only for requests that are
// safe to repeat (RFC 9110 section 9.2.1): GET and HEAD.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

namespace vfsrun::curl {

/// How a try failed.
struct Failure {
  bool broke = false;  ///< the connection was lost or went silent
  int status = 0;      ///< of the response, where one came
  /// What the server asked for, where it did.
  std::optional<std::chrono::seconds> retry_after;
};

/// The pause before the next try, or nothing: give up. `failed` tries in a
/// row (from 1) brought no byte further; `spread` in [0, 1) keeps clients
/// that failed together from coming back together.
std::optional<std::chrono::milliseconds> retry_delay(unsigned failed,
                                                     const Failure& failure,
                                                     double spread) noexcept;

/// The value of Retry-After (RFC 9110 section 10.2.3): seconds or a date,
/// which is compared with `now`.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::time_t now);

}  // namespace vfsrun::curl
