// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/arch.hh"
#include "tracer/syscall_rows.hh"

namespace vfsrun::tracer {

namespace {

using rows::Abi;

constexpr auto native_rules = rows::rows_of<Abi::x86_64, rows::calls>();
constexpr auto native_verdicts = rows::rows_of<Abi::x86_64, rows::verdicts>();
constexpr auto i386_rules = rows::rows_of<Abi::i386, rows::calls>();
constexpr auto i386_verdicts = rows::rows_of<Abi::i386, rows::verdicts>();

}  // namespace

std::span<const SyscallTable> syscall_tables() noexcept {
  static const std::array tables{
      SyscallTable{arch::native.audit_arch, native_rules, native_verdicts},
      SyscallTable{arch::compat.audit_arch, i386_rules, i386_verdicts}};
  return tables;
}

}  // namespace vfsrun::tracer
