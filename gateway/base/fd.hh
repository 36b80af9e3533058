// SPDX-License-Identifier: GPL-2.0-or-later
// File descriptors with an owner. Any thread; one owner at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "gateway/base/result.hh"

namespace vfsrun {

/// Owns one descriptor and closes it. -1 is "none".
class Fd {
 public:
  Fd() noexcept = default;

  explicit Fd(int fd) noexcept : fd_(fd) {}

  Fd(Fd&& other) noexcept : fd_(other.release()) {}

  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }

  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }

  explicit operator bool() const noexcept { return fd_ >= 0; }

  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  void reset(int fd = -1) noexcept;

  /// Closes and tells what close(2) said: for files where that matters.
  Result<void> close();

  /// A second descriptor of the same open file, close-on-exec.
  [[nodiscard]] Result<Fd> duplicate() const;

 private:
  int fd_ = -1;
};

/// Two ends of a pipe, both close-on-exec.
struct Pipe {
  Fd read_end;
  Fd write_end;

  static Result<Pipe> create();
};

/// Anonymous memory file (memfd_create(2)) of `size` zero bytes,
/// close-on-exec.
Result<Fd> make_memfd(const char* name, std::size_t size);

/// open(2) with O_CLOEXEC added; the error names the path.
Result<Fd> open_file(const std::string& path, int flags, mode_t mode = 0);

/// Writes all of it, over short writes and EINTR.
Result<void> write_all(int fd, std::span<const std::byte> bytes);
Result<void> write_all(int fd, std::string_view text);

/// Everything up to end of file, from the current offset. EFBIG past `limit`.
Result<std::string> read_all(int fd, std::size_t limit);

/// Clears close-on-exec, for a descriptor that a child shall inherit.
Result<void> make_inheritable(int fd);

/// A shared mapping of a descriptor, unmapped at the end.
class MappedRegion {
 public:
  MappedRegion() noexcept = default;
  MappedRegion(MappedRegion&& other) noexcept;
  MappedRegion& operator=(MappedRegion&& other) noexcept;
  MappedRegion(const MappedRegion&) = delete;
  MappedRegion& operator=(const MappedRegion&) = delete;
  ~MappedRegion();

  /// mmap(2) MAP_SHARED from offset 0; `writable` adds PROT_WRITE. EINVAL
  /// when the file is shorter.
  static Result<MappedRegion> map(int fd, std::size_t size, bool writable);

  [[nodiscard]] std::byte* data() const noexcept { return data_; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace vfsrun
