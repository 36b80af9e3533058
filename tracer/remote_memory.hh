// SPDX-License-Identifier: GPL-2.0-or-later
// Reading and writing another process's memory (process_vm_readv(2)) without
// stopping anything. Any thread may call; whether a call can block is for
// the caller to know: a page that is not resident may be waiting on a file
// system, even on our own.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "gateway/base/result.hh"

namespace vfsrun::tracer {

/// An address in the traced program; never a pointer of ours.
enum class RemoteAddress : std::uint64_t {};

constexpr RemoteAddress operator+(RemoteAddress at, std::uint64_t offset) {
  return RemoteAddress{static_cast<std::uint64_t>(at) + offset};
}

/// EFAULT unless every byte could be read.
Result<void> read_memory(pid_t tid, RemoteAddress from,
                         std::span<std::byte> out);
Result<void> write_memory(pid_t tid, RemoteAddress to,
                          std::span<const std::byte> bytes);

/// May memory be touched where its page is not resident?
enum class Absent : std::uint8_t {
  read,    ///< yes: the caller can wait
  refuse,  ///< no: answer EAGAIN instead
};

/// A NUL-terminated string of less than PATH_MAX bytes: EFAULT where memory
/// ends before the NUL, ENAMETOOLONG where there is none in PATH_MAX bytes.
Result<std::string> read_string(pid_t tid, RemoteAddress from, Absent absent);

/// `size` bytes, or a string as read_string() gives it where size is 0.
Result<std::string> read_text(pid_t tid, RemoteAddress from, std::size_t size,
                              Absent absent);

/// True when every page of the range is in memory (proc(5), pagemap).
bool is_resident(pid_t tid, RemoteAddress from, std::size_t size);

}  // namespace vfsrun::tracer
