// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/stub/sites.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "tracer/stub/layout.hh"

using namespace vfsrun::tracer::stub;

namespace {

SiteBytes site_of(std::initializer_list<int> code) {
  SiteBytes bytes{};
  bytes.fill(0x90);
  std::ranges::transform(code, bytes.begin() + site_before, [](int byte) {
    return static_cast<std::uint8_t>(byte);
  });
  return bytes;
}

/// glibc's forms, Go's, and those with a compare of 32 bits.
const std::vector<SiteBytes> known_sites{
    site_of({0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x77, 0x10}),
    site_of({0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x73, 0x10}),
    site_of({0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x76, 0x10}),
    site_of({0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x76, 0x10}),
    site_of({0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x0f, 0x87}),
    site_of({0x0f, 0x05, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x76, 0x10}),
    site_of({0x0f, 0x05, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x0f, 0x83}),
};

}  // namespace

TEST_SUITE("tracer/stub/sites") {
  TEST_CASE("a site is known by syscall, compare and conditional jump") {
    for (const SiteBytes& bytes : known_sites) {
      const auto site = match_site(bytes);
      REQUIRE(site);
      CHECK(site->size == (bytes[site_before + 2] == 0x48 ? 8 : 7));
    }
  }

  TEST_CASE("other code after syscall is no site") {
    const std::vector<SiteBytes> others{
        site_of({0x0f, 0x05, 0xc3}),  // syscall; ret
        site_of({0xcd, 0x80, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x77, 0x10}),
        site_of({0x0f, 0x05, 0x48, 0x3d, 0x02, 0xf0, 0xff, 0xff, 0x77, 0x10}),
        site_of({0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x7f, 0x10}),
        site_of({0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0x90, 0x90}),
        site_of({0x0f, 0x05, 0x3d, 0x00, 0xf0, 0xff, 0xff, 0xff, 0xe0}),
    };
    for (const SiteBytes& bytes : others) {
      CAPTURE(static_cast<int>(bytes[site_before + 8]));
      CHECK_FALSE(match_site(bytes));
    }
  }

  TEST_CASE("a patched site tells its stub and what stood there before") {
    for (const SiteBytes& bytes : known_sites) {
      const auto site = match_site(bytes);
      REQUIRE(site);
      for (const std::uint64_t base : bases) {
        const std::uint64_t stub = base + code_offset + 7 * stub_size;
        SiteBytes patched = bytes;
        const auto jump = make_jump(stub + slot_offset(*site));
        std::ranges::copy(jump, patched.begin() + site_before);
        CHECK(patched_stub(patched) == stub);
        CHECK_FALSE(patched_stub(bytes));
        const auto original = original_bytes(patched);
        CHECK(std::ranges::equal(
            original, std::span(bytes).subspan(site_before, jump_size)));
      }
    }
  }

  TEST_CASE("read from its third byte, a jump is a privileged instruction") {
    for (const SiteBytes& bytes : known_sites) {
      const auto site = match_site(bytes);
      REQUIRE(site);
      const auto jump = make_jump(bases[0] + code_offset + slot_offset(*site));
      CHECK(jump[2] == 0x65);                       // gs
      CHECK((jump[3] == 0xf4 || jump[3] == 0xfa));  // hlt, cli
    }
  }
}
