// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/result.hh"

#include <fmt/core.h>

#include <stdexcept>
#include <system_error>

namespace vfsrun {

tl::unexpected<Error> fail_errno(std::string_view what, int code) {
  return fail(
      code, fmt::format("{}: {}", what, std::generic_category().message(code)));
}

tl::unexpected<Error> fail_errno(std::string_view what) {
  return fail_errno(what, errno);
}

namespace detail {
void check_failed(const char* expression, const char* file, int line) {
  throw std::logic_error(
      fmt::format("{}:{}: {} does not hold", file, line, expression));
}
}  // namespace detail

}  // namespace vfsrun
