// SPDX-License-Identifier: GPL-2.0-or-later
// AF_UNIX addresses as bytes (unix(7)). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hh"

namespace vfsrun::tracer {

/// Whether an address of this many bytes can be a named AF_UNIX one.
bool can_be_unix_address(std::uint64_t size);

/// The path in a sockaddr_un; nothing for other families, unnamed and
/// abstract sockets.
std::optional<std::string> unix_address_path(std::string_view address);

/// A sockaddr_un for `path`. ENAMETOOLONG where sun_path cannot hold it.
Result<std::string> make_unix_address(std::string_view path);

}  // namespace vfsrun::tracer
