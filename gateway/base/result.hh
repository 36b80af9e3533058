// SPDX-License-Identifier: GPL-2.0-or-later
// Errors as values. FUSE and ptrace speak errno, "not there" is an ordinary
// answer, and exceptions must not cross libfuse's or curl's C frames; so
// whatever can fail returns Result<T>. Exceptions are left for out of memory.
#pragma once

#include <cerrno>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace vfsrun {

/// Why a call failed: an errno value for the program, and a sentence for
/// people. `detail` is empty where failing is ordinary (ENOENT).
struct Error {
  int code = EIO;
  std::string detail;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(int code,
                                                std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

/// The errno of the system call that just failed, with what was tried:
/// "open /dev/fuse: Permission denied".
[[nodiscard]] tl::unexpected<Error> fail_errno(std::string_view what);
[[nodiscard]] tl::unexpected<Error> fail_errno(std::string_view what, int code);

namespace detail {
template <class T>
T take_value(Result<T>& result) {
  return *std::move(result);
}

inline void take_value(Result<void>&) {}

[[noreturn]] void check_failed(const char* expression, const char* file,
                               int line);
}  // namespace detail

}  // namespace vfsrun

/// The value of a Result, or an early return of its error.
#define TRY(expression)                         \
  __extension__({                               \
    auto try_result_ = (expression);            \
    if (!try_result_)                           \
      return ::tl::unexpected<::vfsrun::Error>( \
          std::move(try_result_).error());      \
    ::vfsrun::detail::take_value(try_result_);  \
  })

/// A broken invariant, tested in release builds too. Throws
/// std::logic_error, which the gateway's fence turns into a failed operation.
/// In a test file the name is doctest's, whichever is included first; so it
/// is for .cc files, not for headers.
#ifndef DOCTEST_LIBRARY_INCLUDED
#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition))                                                 \
      ::vfsrun::detail::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
#endif
