// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/exchange.hh"

#include "gateway/base/text.hh"

namespace vfsrun::curl {

const std::string* ResponseHead::find(std::string_view name) const noexcept {
  for (const auto& [field, value] : fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

std::optional<std::uint64_t> ResponseHead::content_length() const noexcept {
  const std::string* text = find("content-length");
  if (text == nullptr) return std::nullopt;
  return parse_number(*text);
}

}  // namespace vfsrun::curl
