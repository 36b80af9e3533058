// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/stub/memory.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

namespace vfsrun::tracer::stub {

Result<CodeMemory> CodeMemory::open(pid_t tid) {
  Fd fd(::open(fmt::format("/proc/{}/mem", tid).c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return fail_errno("/proc/PID/mem");
  return CodeMemory(std::move(fd));
}

Result<void> CodeMemory::write(std::uint64_t to, std::string_view bytes) const {
  const ssize_t n =
      ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(to));
  if (n < 0) return fail(errno);
  if (static_cast<std::size_t>(n) != bytes.size()) return fail(EFAULT);
  return {};
}

}  // namespace vfsrun::tracer::stub
