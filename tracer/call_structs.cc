// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_structs.hh"

#include <fcntl.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "tracer/unix_address.hh"

namespace vfsrun::tracer {

namespace {

// struct user_msghdr is seven words: the name's pointer, its length (an int,
// with padding on 64 bits), five more. struct mmsghdr has one word behind it.
constexpr std::size_t message_words = 7;
constexpr std::size_t messages_max = 1024;  // UIO_MAXIOV

// union bpf_attr of BPF_OBJ_PIN and BPF_OBJ_GET, the same on all ABIs:
// pathname (64 bits), bpf_fd, file_flags, and since Linux 6.5 path_fd.
constexpr std::size_t bpf_flags_offset = 12;
constexpr std::size_t bpf_dirfd_offset = 16;
constexpr std::uint32_t bpf_has_dirfd = 1U << 14U;  // BPF_F_PATH_FD

std::uint64_t number_at(std::string_view bytes, std::size_t offset,
                        std::size_t size) {
  std::uint64_t value = 0;  // little-endian: its lower bytes come first
  if (offset + size <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, size);
  return value;
}

}  // namespace

bool is_struct(Special special) {
  return special == Special::message || special == Special::messages ||
         special == Special::bpf_object;
}

std::size_t struct_size(const SyscallRule& rule, const SyscallEntry& entry) {
  const std::size_t word = entry.abi->pointer_size;
  switch (rule.special) {
    case Special::message:
      return message_words * word;
    case Special::messages:
      return (message_words + 1) * word;
    default: {
      // Kernels give E2BIG for more than a page.
      const auto size = static_cast<std::uint32_t>(entry.arguments.at(
          static_cast<std::size_t>(rule.paths.front().path) + 1));
      return size >= sizeof(std::uint64_t) && size <= PATH_MAX ? size : 0;
    }
  }
}

std::size_t struct_count(const SyscallRule& rule, const SyscallEntry& entry) {
  if (rule.special != Special::messages) return 1;
  const auto count = static_cast<std::uint32_t>(entry.arguments.at(
      static_cast<std::size_t>(rule.paths.front().path) + 1));
  return std::min<std::size_t>(count, messages_max);
}

std::optional<StructName> name_in_struct(Special special, const arch::Abi& abi,
                                         std::string_view bytes) {
  StructName name;
  name.dirfd = AT_FDCWD;
  if (special == Special::bpf_object) {
    name.address = number_at(bytes, 0, sizeof(std::uint64_t));
    if ((number_at(bytes, bpf_flags_offset, 4) & bpf_has_dirfd) != 0)
      name.dirfd = static_cast<int>(number_at(bytes, bpf_dirfd_offset, 4));
  } else {
    name.address = number_at(bytes, 0, abi.pointer_size);
    name.size = number_at(bytes, abi.pointer_size, sizeof(int));
    if (!can_be_unix_address(name.size)) return std::nullopt;
  }
  if (name.address == 0) return std::nullopt;
  return name;
}

std::string with_name(Special special, const arch::Abi& abi, std::string bytes,
                      std::uint64_t address, std::uint64_t size) {
  if (special == Special::bpf_object) {
    std::memcpy(bytes.data(), &address, sizeof address);
  } else {
    std::memcpy(bytes.data(), &address, abi.pointer_size);
    std::memcpy(bytes.data() + abi.pointer_size, &size, sizeof(int));
  }
  return bytes;
}

std::size_t sent_length_offset(const arch::Abi& abi) {
  return message_words * abi.pointer_size;
}

}  // namespace vfsrun::tracer
