// SPDX-License-Identifier: GPL-2.0-or-later
// What an HTTP status or a failure of libcurl's is to a program: the one
// table. Pure. backends/README.md shows it for people.
#pragma once

#include <string>

namespace vfsrun::curl {

/// errno for a response that is no success; 0 for 2xx and for statuses with
/// a meaning of their own (3xx, 412, 416).
int errno_of_status(int status) noexcept;

/// "403 Forbidden"; the words are ours, never the server's.
std::string describe_status(int status);

/// errno for a CURLcode. `os_errno` is what connect(2) said, or 0.
int errno_of_curl(int curl_code, int os_errno) noexcept;

/// True for a CURLcode after which the same request may succeed: the
/// connection broke, or went silent.
bool broke_on_the_way(int curl_code) noexcept;

}  // namespace vfsrun::curl
