// SPDX-License-Identifier: GPL-2.0-or-later
// Small text formats that several layers read and write. Pure functions.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hh"

namespace vfsrun {

/// RFC 3986 section 2.1: every byte but the unreserved ones and those in
/// `keep` becomes %XX.
std::string percent_encode(std::string_view text, std::string_view keep = {});

/// Each %XX becomes its byte; a '%' without two hex digits stays as it is.
std::string percent_decode(std::string_view text);

/// An HTTP date in any of the three forms of RFC 9110 section 5.6.7, as
/// seconds since 1970; nothing when it is not one.
std::optional<std::time_t> parse_http_date(std::string_view text);

/// "5s", "250ms", "10m", "1h", "2d" or "0"; the error says what is expected.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// A whole decimal number: no sign, blank or overflow.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// RFC 3629: no overlong form, surrogate or stray byte.
bool is_valid_utf8(std::string_view text);

/// ASCII only, whatever the locale.
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);

}  // namespace vfsrun
