// SPDX-License-Identifier: GPL-2.0-or-later
// Structures that a call's name stands in: struct msghdr and struct mmsghdr
// (sendmsg(2), sendmmsg(2)), union bpf_attr (bpf(2)). As bytes; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracer/stopped.hh"
#include "tracer/syscall_table.hh"

namespace vfsrun::tracer {

/// What the first pointer in such a structure leads to.
struct StructName {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< of a socket address; 0: a string
  int dirfd = -100;        ///< AT_FDCWD unless the structure says otherwise
};

/// Whether a rule's path argument is a structure or an array of them.
bool is_struct(Special special);

/// Bytes of one, at the argument's address; 0 where the call has none.
std::size_t struct_size(const SyscallRule& rule, const SyscallEntry& entry);

/// How many stand there, one behind the other.
std::size_t struct_count(const SyscallRule& rule, const SyscallEntry& entry);

/// Nothing where the structure names no path.
std::optional<StructName> name_in_struct(Special special, const arch::Abi& abi,
                                         std::string_view bytes);

/// The structure with its name elsewhere.
std::string with_name(Special special, const arch::Abi& abi, std::string bytes,
                      std::uint64_t address, std::uint64_t size);

/// Where in a struct mmsghdr the kernel writes how many bytes it sent.
std::size_t sent_length_offset(const arch::Abi& abi);

}  // namespace vfsrun::tracer
