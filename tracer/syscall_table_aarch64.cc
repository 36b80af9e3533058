// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/arch.hh"
#include "tracer/syscall_rows.hh"

namespace vfsrun::tracer {

namespace {

using rows::Abi;

constexpr auto rules = rows::rows_of<Abi::aarch64, rows::calls>();
constexpr auto verdicts = rows::rows_of<Abi::aarch64, rows::verdicts>();

}  // namespace

std::span<const SyscallTable> syscall_tables() noexcept {
  static const std::array tables{
      SyscallTable{arch::native.audit_arch, rules, verdicts}};
  return tables;
}

}  // namespace vfsrun::tracer
