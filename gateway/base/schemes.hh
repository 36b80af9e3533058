// SPDX-License-Identifier: GPL-2.0-or-later
// The one list of url schemes that a mount may have. A test sees to it that
// a backend exists for each (backends/registry.cc). Constants.
#pragma once

#include <array>
#include <string_view>

namespace vfsrun {

inline constexpr std::array<std::string_view, 3> mount_schemes{"http", "https",
                                                               "sftp"};

}  // namespace vfsrun
