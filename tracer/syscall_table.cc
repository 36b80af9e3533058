// SPDX-License-Identifier: GPL-2.0-or-later
// Looking rows up, the same for every architecture's tables.
#include "tracer/syscall_table.hh"

#include <algorithm>

namespace vfsrun::tracer {

namespace {

const SyscallTable* find_table(std::uint32_t audit_arch) noexcept {
  for (const SyscallTable& calls : syscall_tables()) {
    if (calls.audit_arch == audit_arch) return &calls;
  }
  return nullptr;
}

}  // namespace

const SyscallRule* find_rule(std::uint32_t audit_arch, long number) noexcept {
  const SyscallTable* const calls = find_table(audit_arch);
  if (calls == nullptr) return nullptr;
  const auto hit =
      std::ranges::lower_bound(calls->rules, number, {}, &SyscallRule::number);
  return hit != calls->rules.end() && hit->number == number ? &*hit : nullptr;
}

bool fits(const ArgumentTest& test, const Arguments& arguments) noexcept {
  if (test.argument < 0) return true;
  const auto value = static_cast<std::uint32_t>(
      arguments.at(static_cast<std::size_t>(test.argument)));
  return (value & test.mask) == test.value;
}

bool fits(const VerdictRule& rule, const Arguments& arguments) noexcept {
  return std::ranges::all_of(rule.tests, [&](const ArgumentTest& test) {
    return fits(test, arguments);
  });
}

Verdict find_verdict(std::uint32_t audit_arch, long number,
                     const Arguments& arguments) noexcept {
  const SyscallTable* const calls = find_table(audit_arch);
  if (calls == nullptr) return Verdict::pass;
  for (const VerdictRule& rule : calls->verdicts) {
    if (rule.number == number && fits(rule, arguments)) return rule.verdict;
  }
  return Verdict::pass;
}

}  // namespace vfsrun::tracer
