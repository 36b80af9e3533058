// SPDX-License-Identifier: GPL-2.0-or-later
// What the url of a mount may look like. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hh"

namespace vfsrun {

/// The url as a Mount holds it: scheme in lower case, '/' at the end. EINVAL
/// with what is wrong ("has no scheme"); the detail never repeats the url,
/// which may hold a password.
Result<std::string> check_mount_url(std::string_view url);

/// The url of a proxy: http, https or socks5h with a host, no path. The same
/// of its errors.
Result<void> check_proxy_url(std::string_view url);

}  // namespace vfsrun
