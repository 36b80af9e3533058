// SPDX-License-Identifier: GPL-2.0-or-later
// A TCP connection to a named host. Any thread; blocks within its patience.
#pragma once

#include <cstdint>
#include <string>

#include "backends/sftp/channel.hh"
#include "gateway/base/fd.hh"

namespace vfsrun::sftp {

enum class Family : std::uint8_t { any, ipv4, ipv6 };

/// Non-blocking, without Nagle's delay. EHOSTUNREACH where the name is not
/// known, else what the last of its addresses said.
Result<Fd> connect_to(const std::string& host, std::uint16_t port,
                      Family family, const Patience& patience);

}  // namespace vfsrun::sftp
