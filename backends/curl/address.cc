// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/address.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace vfsrun::curl {

namespace {

constexpr std::size_t longest_text = INET6_ADDRSTRLEN;

/// The first bits of an address.
struct Network {
  std::array<std::uint8_t, 16> bytes;
  unsigned bits;

  [[nodiscard]] bool has(std::span<const std::uint8_t> address) const noexcept {
    for (unsigned bit = 0; bit < bits; bit += 8) {
      const unsigned left = std::min(8U, bits - bit);
      const auto mask = static_cast<std::uint8_t>(0xffU << (8 - left));
      if (((address[bit / 8] ^ bytes[bit / 8]) & mask) != 0) return false;
    }
    return true;
  }
};

constexpr std::array<Network, 7> private_v4{{
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 168}, 16},
}};

constexpr std::array<Network, 4> private_v6{{
    {{}, 128},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128},
    {{0xfc}, 7},
    {{0xfe, 0x80}, 10},
}};

// In front of an IPv4 address.
constexpr std::array<Network, 2> holds_v4{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},
    {{0, 0x64, 0xff, 0x9b}, 96},
}};

template <std::size_t Count>
bool any_has(const std::array<Network, Count>& networks,
             std::span<const std::uint8_t> address) noexcept {
  return std::ranges::any_of(
      networks, [&](const Network& each) { return each.has(address); });
}

}  // namespace

bool is_private_address(std::string_view address) noexcept {
  address = address.substr(0, address.find('%'));
  std::array<char, longest_text + 1> text{};
  if (address.size() > longest_text) return false;
  std::memcpy(text.data(), address.data(), address.size());
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, text.data(), bytes.data()) == 1)
    return any_has(private_v4, std::span(bytes).first(4));
  if (::inet_pton(AF_INET6, text.data(), bytes.data()) != 1) return false;
  if (any_has(holds_v4, bytes))
    return any_has(private_v4, std::span(bytes).last(4));
  return any_has(private_v6, bytes);
}

}  // namespace vfsrun::curl
