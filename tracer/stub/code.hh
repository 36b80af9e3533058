// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of the stub region. Fixed code comes from code_x86_64.S; the
// comparison with the names of the roots is made here, since roots are data.
// Pure.
//
// A patched site jumps to its stub. That has the common code look at the path
// where it stands: when it cannot mean a virtual name, the call is made from
// an address that the filter trusts and nobody stops; in any doubt it is made
// from another one and stops as before. "Cannot" covers the text; what links
// can do is seen in the result: a look-up that failed is checked for links on
// its way, and made again with a stop where there are any.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/vpath.hh"
#include "tracer/stub/layout.hh"
#include "tracer/stub/sites.hh"
#include "tracer/syscall_table.hh"

namespace vfsrun::tracer::stub {

struct ImageOptions {
  std::vector<VPath> roots;
  /// At most StubHead::directories_max.
  std::vector<StubHead::Directory> directories;
  bool count_saved = false;
};

/// What stands in a region from head_offset on, before any site is patched:
/// the same at every base.
std::string make_image(const ImageOptions& options);

/// Code that maps the region in a new program and then goes to `entry`.
std::string make_start(std::uint64_t entry);

/// True when a stub can make this call; the filter trusts such calls only.
bool has_stub(const SyscallRule& rule);

struct StubRequest {
  std::uint64_t base;
  std::uint64_t offset;  ///< in the region
  std::uint64_t site;    ///< address of the `syscall` that it stands for
  Site form;
};

/// The stub of one site for one call; nothing where has_stub() says no.
std::optional<std::string> make_stub(const SyscallRule& rule,
                                     const StubRequest& request);

using StubBytes = std::array<std::uint8_t, stub_size>;

/// What a stub was made for.
struct StubFacts {
  std::uint32_t number;  ///< of the call
  std::uint64_t site;
  Site form;
  std::uint64_t next;  ///< where calls of other numbers go
};

StubFacts facts_of(const StubBytes& stub);

/// Offsets in the region of code that a thread can be found in.
struct CodeOffsets {
  std::uint64_t verify_saved;     ///< from here on rbx is the room
  std::uint64_t verify_restored;  ///< from here on it is the program's again
  std::uint64_t verify;           ///< before it no call has been made
  std::uint64_t checks;           ///< the generated part
};

CodeOffsets code_offsets();

}  // namespace vfsrun::tracer::stub
