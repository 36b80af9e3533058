// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/seccomp_filter.hh"

#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>

#include "tracer/arch.hh"
#include "tracer/stub/code.hh"

namespace vfsrun::tracer {

namespace {

constexpr std::uint32_t load_word = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint32_t jump_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint32_t jump_at_least = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint32_t give_back = BPF_RET | BPF_K;

sock_filter statement(std::uint32_t code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}

sock_filter jump(std::uint32_t code, std::uint32_t value, std::size_t if_true,
                 std::size_t if_false) {
  CHECK(if_true < 256 && if_false < 256);  // BPF jumps have eight bits
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

using Instructions = std::vector<sock_filter>;

void append(Instructions& to, const Instructions& part) {
  to.insert(to.end(), part.begin(), part.end());
}

std::uint32_t action_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return SECCOMP_RET_ALLOW;
    case Verdict::no_such_call:
      return SECCOMP_RET_ERRNO | ENOSYS;
    case Verdict::pretend_success:
      return SECCOMP_RET_ERRNO | 0;
    default:
      return SECCOMP_RET_TRACE;
  }
}

/// Gives `action` back if all tests hold; else falls through to what follows.
Instructions act_if(std::span<const ArgumentTest> tests, std::uint32_t action) {
  Instructions body{statement(give_back, action)};
  // Built from the end: a test that fails jumps behind it.
  for (const ArgumentTest& test : tests) {
    if (test.argument < 0) continue;
    const auto offset =
        offsetof(seccomp_data, args) +
        static_cast<std::size_t>(test.argument) * sizeof(std::uint64_t);
    const std::array<sock_filter, 3> steps{
        statement(load_word, static_cast<std::uint32_t>(offset)),
        statement(BPF_ALU | BPF_AND | BPF_K, test.mask),
        jump(jump_equal, test.value, 0, body.size())};
    body.insert(body.begin(), steps.begin(), steps.end());
  }
  return body;
}

/// Stops where the rule finds names.
Instructions stop_for_names(const SyscallRule& rule) {
  Instructions body;
  for (const PathArgument& where : rule.paths) {
    if (where.path >= 0 && where.only_if.argument >= 0)
      append(body, act_if(std::span(&where.only_if, 1), SECCOMP_RET_TRACE));
  }
  const bool always =
      body.empty() || std::ranges::any_of(rule.paths, [](const auto& where) {
        return where.path >= 0 && where.only_if.argument < 0;
      });
  if (always) return {statement(give_back, SECCOMP_RET_TRACE)};
  body.push_back(statement(give_back, SECCOMP_RET_ALLOW));
  return body;
}

/// Number → instructions that end in a verdict on every way.
using Leaf = std::pair<const long, Instructions>;

std::map<long, Instructions> leaves_of(const SyscallTable& table,
                                       const FilterOptions& options) {
  std::map<long, Instructions> leaves;
  for (const VerdictRule& rule : table.verdicts) {
    if (rule.verdict == Verdict::no_such_call && options.allow_io_uring)
      continue;
    if (rule.verdict == Verdict::pretend_success && !options.keep_dumpable)
      continue;
    append(leaves[rule.number], act_if(rule.tests, action_of(rule.verdict)));
  }
  for (auto& [number, body] : leaves) {
    if (find_rule(table.audit_arch, number) == nullptr)
      body.push_back(statement(give_back, SECCOMP_RET_ALLOW));
  }
  for (const SyscallRule& rule : table.rules)
    append(leaves[rule.number], stop_for_names(rule));
  return leaves;
}

/// Binary search over sorted numbers; every branch ends in its own verdict,
/// so that no jump is far.
Instructions search(std::span<const Leaf* const> leaves) {
  if (leaves.empty()) return {statement(give_back, SECCOMP_RET_ALLOW)};
  Instructions out;
  if (leaves.size() == 1) {
    const auto& [number, body] = *leaves.front();
    out.push_back(
        jump(jump_equal, static_cast<std::uint32_t>(number), 0, body.size()));
    append(out, body);
    out.push_back(statement(give_back, SECCOMP_RET_ALLOW));
    return out;
  }
  const std::size_t middle = leaves.size() / 2;
  const Instructions low = search(leaves.first(middle));
  out.push_back(jump(jump_at_least,
                     static_cast<std::uint32_t>(leaves[middle]->first),
                     low.size(), 0));
  append(out, low);
  append(out, search(leaves.subspan(middle)));
  return out;
}

Instructions search(const std::map<long, Instructions>& leaves) {
  std::vector<const Leaf*> sorted;
  sorted.reserve(leaves.size());
  for (const Leaf& leaf : leaves) sorted.push_back(&leaf);
  return search(std::span<const Leaf* const>(sorted));
}

/// The calls that come first among those that stubs make, since they are made
/// most; any others follow.
constexpr std::array<std::string_view, 11> frequent{
    "newfstatat", "openat", "access",     "readlink", "statx", "getdents64",
    "stat",       "lstat",  "faccessat2", "open",     "execve"};

/// Lets a call pass that comes from a stub's trusted address. Everything else
/// goes on behind this, with the number loaded again. Only calls that stubs
/// make are asked for their address: for others the kernel must be able to
/// tell the verdict by the number alone.
Instructions trusted_calls(const SyscallTable& table) {
  std::vector<const SyscallRule*> rules;
  for (const std::string_view name : frequent) {
    for (const SyscallRule& rule : table.rules) {
      if (rule.name == name && stub::has_stub(rule)) rules.push_back(&rule);
    }
  }
  for (const SyscallRule& rule : table.rules) {
    if (stub::has_stub(rule) && std::ranges::find(rules, &rule) == rules.end())
      rules.push_back(&rule);
  }
  constexpr std::size_t pointer = offsetof(seccomp_data, instruction_pointer);
  Instructions test{statement(load_word, pointer + sizeof(std::uint32_t)),
                    jump(jump_equal, 0, 0, stub::bases.size() + 3),
                    statement(load_word, pointer),
                    statement(BPF_ALU | BPF_AND | BPF_K,
                              ~static_cast<std::uint32_t>(stub::region_size -
                                                          stub::stub_size))};
  for (std::size_t i = 0; i < stub::bases.size(); ++i) {
    const std::size_t left = stub::bases.size() - 1 - i;
    test.push_back(jump(
        jump_equal,
        static_cast<std::uint32_t>(stub::bases[i] + stub::trusted_low_byte),
        left, left == 0 ? 1 : 0));
  }
  test.push_back(statement(give_back, SECCOMP_RET_ALLOW));
  test.push_back(statement(load_word, offsetof(seccomp_data, nr)));

  Instructions out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    out.push_back(jump(jump_equal, static_cast<std::uint32_t>(rules[i]->number),
                       rules.size() - i, 0));
  }
  out.push_back(
      statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(test.size())));
  append(out, test);
  return out;
}

/// A mapping at a fixed place below a region's end may overwrite the region:
/// the tracer looks first. Everything else goes on behind this, with the
/// number loaded again.
Instructions fixed_mappings() {
  constexpr std::size_t word = sizeof(std::uint32_t);
  constexpr std::size_t address = offsetof(seccomp_data, args);
  constexpr std::size_t flags = address + 3 * sizeof(std::uint64_t);
  const auto end = static_cast<std::uint32_t>(std::ranges::max(stub::bases) +
                                              stub::region_size);
  return {jump(jump_equal, static_cast<std::uint32_t>(arch::native.mmap_number),
               0, 8),
          statement(load_word, address + word),
          jump(jump_equal, 0, 0, 5),
          statement(load_word, address),
          jump(jump_at_least, end, 3, 0),
          statement(load_word, flags),
          jump(BPF_JMP | BPF_JSET | BPF_K, MAP_FIXED, 0, 1),
          statement(give_back, SECCOMP_RET_TRACE),
          statement(load_word, offsetof(seccomp_data, nr))};
}

}  // namespace

std::vector<sock_filter> make_filter(std::span<const SyscallTable> tables,
                                     const FilterOptions& options) {
  std::vector<sock_filter> out{
      statement(load_word, offsetof(seccomp_data, arch))};
  for (const SyscallTable& table : tables) {
    Instructions tree;
    if (table.audit_arch == arch::native.audit_arch && options.trust_stubs) {
      tree = trusted_calls(table);
      append(tree, fixed_mappings());
    }
    append(tree, search(leaves_of(table, options)));
    // x32: programs fall back, and its calls cannot slip through.
    const bool has_foreign = table.audit_arch == arch::native.audit_arch &&
                             arch::foreign_numbers != 0;
    const std::size_t size = 1 + (has_foreign ? 2 : 0) + tree.size();
    // BPF_JA reaches further than a conditional jump.
    out.push_back(jump(jump_equal, table.audit_arch, 1, 0));
    out.push_back(
        statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(size)));
    out.push_back(statement(load_word, offsetof(seccomp_data, nr)));
    if (has_foreign) {
      out.push_back(jump(jump_at_least, arch::foreign_numbers, 0, 1));
      out.push_back(statement(give_back, SECCOMP_RET_ERRNO | ENOSYS));
    }
    append(out, tree);
  }
  out.push_back(statement(give_back, SECCOMP_RET_ALLOW));
  return out;
}

Result<void> load_filter(std::span<const sock_filter> filter) {
  const sock_fprog program{
      static_cast<unsigned short>(filter.size()),
      const_cast<sock_filter*>(filter.data())};  // the kernel only reads it
  // SPEC_ALLOW: kernels before 5.16 would otherwise slow the program down
  // with speculative-store-bypass mitigation (seccomp(2)).
  const auto load = [&] {
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                     SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
  };
  if (load() == 0) return {};
  if (errno != EACCES) return fail_errno("seccomp");
  // Without CAP_SYS_ADMIN the kernel asks for no_new_privs first.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno("PR_SET_NO_NEW_PRIVS");
  if (load() != 0) return fail_errno("seccomp");
  return {};
}

}  // namespace vfsrun::tracer
