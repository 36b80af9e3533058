// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/fd.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace vfsrun {

void Fd::reset(int fd) noexcept {
  // close(2) on Linux frees the descriptor even when it answers EINTR.
  if (fd_ >= 0 && fd_ != fd) ::close(fd_);
  fd_ = fd;
}

Result<void> Fd::close() {
  if (::close(release()) != 0 && errno != EINTR) return fail_errno("close");
  return {};
}

Result<Fd> Fd::duplicate() const {
  Fd copy(::fcntl(fd_, F_DUPFD_CLOEXEC, 3));
  if (!copy) return fail_errno("dup");
  return copy;
}

Result<Pipe> Pipe::create() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> make_memfd(const char* name, std::size_t size) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd) return fail_errno("memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    return fail_errno("ftruncate");
  return fd;
}

Result<Fd> open_file(const std::string& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return fail_errno(fmt::format("open {}", path));
  return fd;
}

Result<void> write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> write_all(int fd, std::string_view text) {
  return write_all(fd, std::as_bytes(std::span(text)));
}

Result<std::string> read_all(int fd, std::size_t limit) {
  std::string all;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read");
    if (n == 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(n));
    if (all.size() > limit) return fail_errno("read", EFBIG);
  }
}

Result<void> make_inheritable(int fd) {
  if (::fcntl(fd, F_SETFD, 0) != 0) return fail_errno("fcntl F_SETFD");
  return {};
}

MappedRegion::MappedRegion(MappedRegion&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedRegion& MappedRegion::operator=(MappedRegion&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedRegion::~MappedRegion() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Result<MappedRegion> MappedRegion::map(int fd, std::size_t size,
                                       bool writable) {
  // Touching a page beyond the end would be SIGBUS.
  struct stat info {};

  if (::fstat(fd, &info) != 0) return fail_errno("stat");
  if (static_cast<std::uint64_t>(info.st_size) < size)
    return fail(EINVAL, "shorter than what is to be mapped");
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* at = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return fail_errno("mmap");
  MappedRegion region;
  region.data_ = static_cast<std::byte*>(at);
  region.size_ = size;
  return region;
}

}  // namespace vfsrun
