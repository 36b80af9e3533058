// SPDX-License-Identifier: GPL-2.0-or-later
// Writing to a program's code, which is mapped without the right to write:
// proc(5)'s mem file lets its tracer do that (the page becomes the program's
// own copy). For the tracer's one thread.
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "gateway/base/fd.hh"
#include "tracer/remote_memory.hh"

namespace vfsrun::tracer::stub {

class CodeMemory {
 public:
  /// EACCES and others where the program's memory is not ours to write.
  static Result<CodeMemory> open(pid_t tid);

  Result<void> write(std::uint64_t to, std::string_view bytes) const;

  template <class T>
  Result<void> put(std::uint64_t to, const T& value) const {
    return write(to, {reinterpret_cast<const char*>(&value), sizeof value});
  }

 private:
  explicit CodeMemory(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

/// Reads a plain value.
template <class T>
Result<T> get(pid_t tid, std::uint64_t from) {
  T value{};
  TRY(read_memory(tid, RemoteAddress{from},
                  std::as_writable_bytes(std::span(&value, 1))));
  return value;
}

}  // namespace vfsrun::tracer::stub
