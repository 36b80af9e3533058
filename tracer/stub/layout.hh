// SPDX-License-Identifier: GPL-2.0-or-later
// Where things stand in the stub region: the memory of a traced program that
// holds the code of the fast path. Numbers only; code_x86_64.S has the
// same ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tracer/remote_memory.hh"

namespace vfsrun::tracer::stub {

/// False on machines that the fast path is not written for.
#if defined(__x86_64__)
constexpr bool available = true;
#else
constexpr bool available = false;
#endif

// Below 2 GiB, so that a jump can name an address in four bytes, and aligned
// to the size, so that a filter knows the region by a mask. The second one is
// for programs that stand at the first themselves.
constexpr std::array<std::uint64_t, 2> bases{0x6efe0000, 0x5cfe0000};
constexpr std::uint64_t region_size = 0x10000;

/// First page: data. Its end is StubHead; behind it stands code only.
constexpr std::uint64_t code_offset = 0x1000;

struct StubHead {
  static constexpr std::size_t directories_max = 16;

  struct Directory {
    std::uint64_t device;
    std::uint64_t inode;
  };

  /// Directories whose listings get names added.
  std::array<Directory, directories_max> directories;
  std::uint64_t magic;
  std::uint64_t saved;      ///< calls that needed no stop, if they are counted
  std::uint32_t next_stub;  ///< offset of the first free one
  std::uint32_t directory_count;
  std::uint8_t in_use;  ///< some process may stand in the tree
  std::uint8_t listed;  ///< some reader of a directory got virtual names
  std::uint8_t quiet;   ///< the program filters calls: make none of our own
  std::array<std::uint8_t, 37> unused;
};

static_assert(sizeof(StubHead) == 320);
constexpr std::uint64_t head_offset = code_offset - sizeof(StubHead);
constexpr std::uint64_t magic = 0x7666737275737462;  // "vfsrustb"

/// Rooms for registers while the common code makes a call of its own.
struct VerifyRoom {
  std::uint64_t locked;
  std::uint64_t rbx, rdi, rsi, rdx, r10, rax;
  std::uint64_t stub;
};

// Offsets in a stub, which is one patched site's code for one call number.
constexpr std::uint64_t stub_size = 0x100;
constexpr std::uint64_t stub_kind = 0x04;
constexpr std::uint64_t stub_code = 0x08;
constexpr std::uint64_t stub_number = 0x09;  ///< imm32
constexpr std::uint64_t stub_path = 0x18;    ///< mov reg, rcx: 3 bytes
constexpr std::uint64_t stub_scan = 0x23;    ///< rel32
constexpr std::uint64_t stub_second_path = 0x40;
constexpr std::uint64_t stub_second_scan = 0x4b;
constexpr std::uint64_t stub_untrusted = 0x6e;  ///< the call that may stop
constexpr std::uint64_t stub_trusted = 0x7e;    ///< the call that does not
constexpr std::uint64_t stub_in_use = 0x87;     ///< readlink: abs32
constexpr std::uint64_t stub_buffer = 0x8e;     ///< readlink: mov reg, rcx
constexpr std::uint64_t stub_give_up = 0xb0;
constexpr std::uint64_t stub_number_again = 0xb1;  ///< imm32
constexpr std::uint64_t stub_epilogue = 0xc0;      ///< displaced compare
constexpr std::uint64_t stub_verify = 0xd8;        ///< rel32
constexpr std::uint64_t stub_back = 0xe0;          ///< where the site goes on
constexpr std::uint64_t stub_next = 0xe8;          ///< where other numbers go

/// Size of a `syscall` instruction: what the kernel calls the instruction
/// pointer of a call stands behind it.
constexpr std::uint64_t syscall_size = 2;
/// Low byte of that pointer for calls that the filter lets through.
constexpr std::uint64_t trusted_low_byte = stub_trusted + syscall_size;

/// The base of the region that an address lies in.
constexpr std::optional<std::uint64_t> region_of(std::uint64_t address) {
  for (const std::uint64_t base : bases) {
    if (address >= base && address < base + region_size) return base;
  }
  return std::nullopt;
}

}  // namespace vfsrun::tracer::stub
