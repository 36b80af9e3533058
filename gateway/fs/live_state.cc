// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/live_state.hh"

#include <fmt/core.h>

namespace vfsrun {

namespace {
constexpr std::chrono::seconds long_ago{60};
}

bool surely_past(const Attr& attr) {
  return attr.modified &&
         std::time(nullptr) - *attr.modified > long_ago.count();
}

ContentKey key_of_state(const Place& place, const Attr& attr) {
  return {place.url(), fmt::format("{}-{}", attr.modified.value_or(0),
                                   attr.size.value_or(0))};
}

}  // namespace vfsrun
