// SPDX-License-Identifier: GPL-2.0-or-later
// What a system-call site looks like before and after it is patched. Pure.
//
// Only sites of glibc's (and Go's) form are taken: `syscall`, a compare of
// the result with the largest errno, a conditional jump. The compare is put
// into the stub; the jump `jmp *slot` takes the place of both.
//
// The jump is made so that a thread which was in the kernel when the site
// was patched, or whose signal frame says so, comes to no harm: it goes on
// at the third byte, and there, read as an instruction of its own, stands a
// privileged one (`gs hlt` or `gs cli`). The fault stops the thread, and the
// tracer sends it on to the compare in the stub.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace vfsrun::tracer::stub {

/// Bytes of a program around a site: 8 before, 16 from `syscall` on. Also
/// tells one library's site from another's.
constexpr std::size_t site_before = 8;
constexpr std::size_t site_bytes = 24;
using SiteBytes = std::array<std::uint8_t, site_bytes>;

/// Bytes that a patched site's jump takes.
constexpr std::size_t jump_size = 7;

struct Site {
  std::uint64_t size;       ///< of `syscall` and the compare: 7 or 8 bytes
  std::uint32_t immediate;  ///< what the result is compared with
};

/// Nothing where the bytes are no site that can be patched.
std::optional<Site> match_site(const SiteBytes& bytes);

/// Offset of a site's slot in its stub: the slot holds the stub's address.
std::uint64_t slot_offset(const Site& site);

/// The jump through the slot at `slot`.
std::array<std::uint8_t, jump_size> make_jump(std::uint64_t slot);

/// If the bytes are a patched site, the address of its stub.
std::optional<std::uint64_t> patched_stub(const SiteBytes& bytes);

/// What stood at a patched site before.
std::array<std::uint8_t, jump_size> original_bytes(const SiteBytes& patched);

/// `cmp imm32, %rax` or `cmp imm32, %eax; nop`, as displaced from the site.
std::array<std::uint8_t, 6> displaced_compare(const Site& site);

/// The site that such a compare comes from.
Site form_of_compare(const std::uint8_t* compare);

}  // namespace vfsrun::tracer::stub
