// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/stub/sites.hh"

#include <algorithm>
#include <cstring>

#include "tracer/stub/layout.hh"

namespace vfsrun::tracer::stub {

namespace {

// Behind `syscall` (0f 05): "48 3d imm32" compares rax, "3d imm32" eax.
constexpr std::uint8_t rex_wide = 0x48;
constexpr std::uint8_t compare = 0x3d;
constexpr std::uint8_t nop = 0x90;
constexpr std::uint32_t above = 0xfffff000;     // ja, jbe
constexpr std::uint32_t at_least = 0xfffff001;  // jae, jb; Go's jls

// ff 24 65 disp32: jmp *disp32. SIB 0x65 has neither base nor index, like
// the 0x25 that assemblers write, and is also the prefix "gs". The low byte
// of disp32 is the privileged instruction, and tells the two compares apart.
constexpr std::array<std::uint8_t, 3> jump{0xff, 0x24, 0x65};
constexpr std::uint8_t hlt = 0xf4;
constexpr std::uint8_t cli = 0xfa;

bool is_conditional_jump(std::uint8_t first, std::uint8_t second) {
  const auto is_unsigned = [](std::uint8_t condition) {
    return condition == 2 || condition == 3 || condition == 6 || condition == 7;
  };
  if (first == 0x0f)
    return (second & 0xf0U) == 0x80 && is_unsigned(second & 0x0fU);
  return (first & 0xf0U) == 0x70 && is_unsigned(first & 0x0fU);
}

}  // namespace

std::optional<Site> match_site(const SiteBytes& bytes) {
  const std::uint8_t* const site = bytes.data() + site_before;
  if (site[0] != 0x0f || site[1] != 0x05) return std::nullopt;
  const bool wide = site[2] == rex_wide;
  const std::size_t at = wide ? 3 : 2;
  if (site[at] != compare) return std::nullopt;
  Site found{at + 1 + sizeof(std::uint32_t), 0};
  std::memcpy(&found.immediate, site + at + 1, sizeof found.immediate);
  if (found.immediate != above && found.immediate != at_least)
    return std::nullopt;
  if (!is_conditional_jump(site[found.size], site[found.size + 1]))
    return std::nullopt;
  return found;
}

std::uint64_t slot_offset(const Site& site) {
  return site.immediate == above ? hlt : cli;
}

std::array<std::uint8_t, jump_size> make_jump(std::uint64_t slot) {
  std::array<std::uint8_t, jump_size> bytes{};
  std::ranges::copy(jump, bytes.begin());
  const auto address = static_cast<std::uint32_t>(slot);
  std::memcpy(bytes.data() + jump.size(), &address, sizeof address);
  return bytes;
}

std::optional<std::uint64_t> patched_stub(const SiteBytes& bytes) {
  const std::uint8_t* const site = bytes.data() + site_before;
  if (!std::equal(jump.begin(), jump.end(), site)) return std::nullopt;
  std::uint32_t slot = 0;
  std::memcpy(&slot, site + jump.size(), sizeof slot);
  const auto low = static_cast<std::uint8_t>(slot);
  if (!region_of(slot) || (low != hlt && low != cli)) return std::nullopt;
  return slot / stub_size * stub_size;
}

std::array<std::uint8_t, jump_size> original_bytes(const SiteBytes& patched) {
  const std::uint8_t* const site = patched.data() + site_before;
  const std::uint32_t immediate = site[jump.size()] == hlt ? above : at_least;
  // The wide compare is a byte longer than the jump, and that byte is 0xff.
  const bool wide = site[jump_size] == 0xff;
  std::array<std::uint8_t, jump_size + 1> bytes{0x0f, 0x05};
  std::size_t at = 2;
  if (wide) bytes.at(at++) = rex_wide;
  bytes.at(at++) = compare;
  std::memcpy(bytes.data() + at, &immediate, sizeof immediate);
  std::array<std::uint8_t, jump_size> out{};
  std::copy_n(bytes.begin(), jump_size, out.begin());
  return out;
}

Site form_of_compare(const std::uint8_t* compare_bytes) {
  const bool wide = *compare_bytes == rex_wide;
  Site site{wide ? jump_size + 1 : jump_size, 0};
  std::memcpy(&site.immediate, compare_bytes + (wide ? 2 : 1),
              sizeof site.immediate);
  return site;
}

std::array<std::uint8_t, 6> displaced_compare(const Site& site) {
  std::array<std::uint8_t, 6> bytes{};
  const bool wide = site.size == jump_size + 1;
  std::size_t at = 0;
  if (wide) bytes.at(at++) = rex_wide;
  bytes.at(at++) = compare;
  std::memcpy(bytes.data() + at, &site.immediate, sizeof site.immediate);
  if (!wide) bytes.back() = nop;
  return bytes;
}

}  // namespace vfsrun::tracer::stub
