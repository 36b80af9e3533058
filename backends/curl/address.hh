// SPDX-License-Identifier: GPL-2.0-or-later
// Which addresses are nobody's business outside: this machine's, those of its
// own network. Pure; any thread. Knows nothing of names.
#pragma once

#include <string_view>

namespace vfsrun::curl {

/// Of an IPv4 or IPv6 address as text, without brackets, perhaps with a zone:
/// loopback, link-local, private or unspecified (RFC 1122, 1918, 3927, 4193,
/// 4291, 6598), in an IPv4-mapped or NAT64 (RFC 6052) form too. False for what
/// is no address.
[[nodiscard]] bool is_private_address(std::string_view address) noexcept;

}  // namespace vfsrun::curl
