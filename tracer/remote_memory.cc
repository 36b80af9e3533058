// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/remote_memory.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <vector>

#include "gateway/base/fd.hh"

namespace vfsrun::tracer {

namespace {

constexpr std::uint64_t page_size = 4096;
constexpr std::size_t first_read = 256;  // most names are shorter

void* as_pointer(RemoteAddress at) {
  // iovec wants pointers; the kernel reads these in the other process.
  return reinterpret_cast<void*>(  // NOLINT(performance-no-int-to-ptr)
      static_cast<std::uint64_t>(at));
}

/// Bytes from `from` up to the end of its page.
std::size_t rest_of_page(RemoteAddress from) {
  return page_size - static_cast<std::uint64_t>(from) % page_size;
}

}  // namespace

Result<void> read_memory(pid_t tid, RemoteAddress from,
                         std::span<std::byte> out) {
  const iovec ours{out.data(), out.size()};
  const iovec theirs{as_pointer(from), out.size()};
  const ssize_t n = ::process_vm_readv(tid, &ours, 1, &theirs, 1, 0);
  if (n < 0) return fail(errno);
  if (static_cast<std::size_t>(n) != out.size()) return fail(EFAULT);
  return {};
}

Result<void> write_memory(pid_t tid, RemoteAddress to,
                          std::span<const std::byte> bytes) {
  const iovec ours{const_cast<std::byte*>(bytes.data()), bytes.size()};
  const iovec theirs{as_pointer(to), bytes.size()};
  const ssize_t n = ::process_vm_writev(tid, &ours, 1, &theirs, 1, 0);
  if (n < 0) return fail(errno);
  if (static_cast<std::size_t>(n) != bytes.size()) return fail(EFAULT);
  return {};
}

bool is_resident(pid_t tid, RemoteAddress from, std::size_t size) {
  const auto first = static_cast<std::uint64_t>(from) / page_size;
  const auto last = (static_cast<std::uint64_t>(from) + size - 1) / page_size;
  constexpr std::size_t entry_size = sizeof(std::uint64_t);
  constexpr std::uint64_t present = std::uint64_t{1} << 63;
  const Fd pagemap(::open(fmt::format("/proc/{}/pagemap", tid).c_str(),
                          O_RDONLY | O_CLOEXEC));
  if (!pagemap || last < first) return false;
  std::vector<std::uint64_t> entries(last - first + 1);
  const auto bytes = static_cast<ssize_t>(entries.size() * entry_size);
  if (::pread(pagemap.get(), entries.data(), static_cast<std::size_t>(bytes),
              static_cast<off_t>(first * entry_size)) != bytes)
    return false;
  return std::ranges::all_of(
      entries, [](std::uint64_t entry) { return (entry & present) != 0; });
}

Result<std::string> read_string(pid_t tid, RemoteAddress from, Absent absent) {
  std::array<char, PATH_MAX> text;
  std::size_t length = 0;
  std::size_t wanted = std::min(rest_of_page(from), first_read);
  bool page_known = absent == Absent::read;
  while (length < text.size()) {
    if (!page_known && !is_resident(tid, from + length, 1)) return fail(EAGAIN);
    const std::size_t n = std::min(wanted, text.size() - length);
    char* const part = text.data() + length;
    TRY(read_memory(tid, from + length,
                    std::as_writable_bytes(std::span(part, n))));
    if (const void* end = std::memchr(part, '\0', n)) {
      const auto size = static_cast<const char*>(end) - text.data();
      return std::string(text.data(), static_cast<std::size_t>(size));
    }
    length += n;
    wanted = rest_of_page(from + length);
    // A whole page is left to read only when the next one begins.
    page_known = absent == Absent::read || wanted != page_size;
  }
  return fail(ENAMETOOLONG);
}

Result<std::string> read_text(pid_t tid, RemoteAddress from, std::size_t size,
                              Absent absent) {
  if (size == 0) return read_string(tid, from, absent);
  if (absent == Absent::refuse && !is_resident(tid, from, size))
    return fail(EAGAIN);
  std::string text(size, '\0');
  TRY(read_memory(tid, from, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace vfsrun::tracer
