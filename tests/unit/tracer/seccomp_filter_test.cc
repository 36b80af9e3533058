// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/seccomp_filter.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/arch.hh"
#include "tracer/stub/code.hh"

using vfsrun::tracer::find_rule;
using vfsrun::tracer::find_verdict;
using vfsrun::tracer::fits;
using vfsrun::tracer::make_filter;
using vfsrun::tracer::syscall_tables;
using vfsrun::tracer::SyscallTable;
using vfsrun::tracer::Verdict;
using vfsrun::tracer::VerdictRule;

namespace {

/// Runs the few BPF instructions that the filter may use; any other fails
/// the test.
std::uint32_t run(const std::vector<sock_filter>& program,
                  std::uint32_t audit_arch, std::uint32_t number,
                  std::initializer_list<std::uint64_t> arguments = {},
                  std::uint64_t instruction_pointer = 0) {
  seccomp_data data{};
  data.instruction_pointer = instruction_pointer;
  std::ranges::copy(arguments, data.args);
  data.arch = audit_arch;
  data.nr = static_cast<int>(number);
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program.at(at);
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        REQUIRE(step.k + sizeof accumulator <= sizeof data);
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k,
                    sizeof accumulator);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        FAIL("an instruction that the filter should not use");
    }
  }
  FAIL("the program ended without a verdict");
  return 0;
}

}  // namespace

namespace {

constexpr std::uint32_t native = vfsrun::tracer::arch::native.audit_arch;
constexpr std::uint32_t i386 = vfsrun::tracer::arch::compat.audit_arch;

std::vector<sock_filter> default_filter() {
  return make_filter(syscall_tables(), {});
}

bool has_verdict(const SyscallTable& table, std::uint32_t number) {
  return std::ranges::any_of(table.verdicts, [&](const VerdictRule& rule) {
    return rule.number == number;
  });
}

}  // namespace

TEST_SUITE("tracer/seccomp_filter") {
  TEST_CASE("the filter stops at the tables' calls and at no other") {
    const auto program = default_filter();
    for (const SyscallTable& table : syscall_tables()) {
      for (std::uint32_t number = 0; number < 1024; ++number) {
        if (has_verdict(table, number)) continue;
        CAPTURE(table.audit_arch);
        CAPTURE(number);
        const auto* const rule = find_rule(table.audit_arch, number);
        if (rule != nullptr && rule->paths.front().only_if.argument >= 0)
          continue;
        const bool named = rule != nullptr;
        CHECK(run(program, table.audit_arch, number) ==
              (named ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW));
      }
    }
  }

  TEST_CASE("x32 calls do not exist, unknown architectures pass") {
    const auto program = default_filter();
    CHECK(run(program, native, 0x40000000 | 2) == (SECCOMP_RET_ERRNO | ENOSYS));
    CHECK(run(program, AUDIT_ARCH_ARM, 5) == SECCOMP_RET_ALLOW);
  }

  TEST_CASE("a clone that would escape is looked at, others are not") {
    const auto program = default_filter();
    for (const auto& [arch, clone] : {std::pair{native, 56U}, {i386, 120U}}) {
      CHECK(run(program, arch, clone, {CLONE_VM | CLONE_UNTRACED}) ==
            SECCOMP_RET_TRACE);
      CHECK(run(program, arch, clone, {CLONE_VM}) == SECCOMP_RET_ALLOW);
    }
  }

  TEST_CASE("an ordinary user's program stays dumpable") {
    const auto keep = default_filter();
    const auto leave = make_filter(syscall_tables(), {.keep_dumpable = false});
    CHECK(run(keep, native, 157, {PR_SET_DUMPABLE, 0}) ==
          (SECCOMP_RET_ERRNO | 0));
    CHECK(run(keep, native, 157, {PR_SET_DUMPABLE, 1}) == SECCOMP_RET_ALLOW);
    CHECK(run(keep, native, 157, {PR_SET_NAME, 0}) == SECCOMP_RET_ALLOW);
    CHECK(run(leave, native, 157, {PR_SET_DUMPABLE, 0}) == SECCOMP_RET_ALLOW);
  }

  TEST_CASE("fstat passes, whatever else newfstatat names is looked at") {
    const auto program = default_filter();
    constexpr std::uint64_t here = static_cast<std::uint64_t>(AT_FDCWD);
    CHECK(run(program, native, 262, {3, 0, 0, AT_EMPTY_PATH}) ==
          SECCOMP_RET_ALLOW);
    CHECK(run(program, native, 262, {here, 0, 0, AT_EMPTY_PATH}) ==
          SECCOMP_RET_TRACE);
    CHECK(run(program, native, 262, {3, 0, 0, 0}) == SECCOMP_RET_TRACE);
    CHECK(run(program, native, 262,
              {3, 0, 0, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW}) ==
          SECCOMP_RET_TRACE);
    CHECK(run(program, native, 332, {3, 0, AT_EMPTY_PATH}) ==
          SECCOMP_RET_ALLOW);
  }

  TEST_CASE("the filter and the table agree on arguments") {
    const auto program = default_filter();
    for (const SyscallTable& table : syscall_tables()) {
      for (const VerdictRule& rule : table.verdicts) {
        std::array<std::uint64_t, 6> arguments{};
        for (const auto& test : rule.tests) {
          if (test.argument >= 0)
            arguments.at(static_cast<std::size_t>(test.argument)) = test.value;
        }
        CAPTURE(rule.name);
        CHECK(fits(rule, arguments));
        const bool traced = run(program, table.audit_arch,
                                static_cast<std::uint32_t>(rule.number),
                                {arguments[0], arguments[1], arguments[2],
                                 arguments[3]}) == SECCOMP_RET_TRACE;
        const auto verdict =
            find_verdict(table.audit_arch, rule.number, arguments);
        CHECK(traced ==
              (verdict != Verdict::pass && verdict != Verdict::no_such_call &&
               verdict != Verdict::pretend_success));
      }
    }
  }

  TEST_CASE("only stubs' calls at their trusted address pass") {
    namespace stub = vfsrun::tracer::stub;
    const auto& table = syscall_tables().front();
    const auto plain = make_filter(syscall_tables(), {});
    const auto trusting = make_filter(syscall_tables(), {.trust_stubs = true});
    const std::uint64_t trusted =
        stub::bases[0] + stub::code_offset + stub::trusted_low_byte;
    for (const auto& rule : table.rules) {
      CAPTURE(rule.name);
      const auto number = static_cast<std::uint32_t>(rule.number);
      const auto verdict = [&](const auto& filter, std::uint64_t pointer) {
        // No row passes because of such arguments.
        return run(filter, table.audit_arch, number, {~0U, ~0U, ~0U, ~0U},
                   pointer);
      };
      // What the call gets from anywhere else.
      const auto usual = verdict(plain, 0);
      const auto expected = stub::has_stub(rule) ? SECCOMP_RET_ALLOW : usual;
      CHECK((!stub::has_stub(rule) || usual == SECCOMP_RET_TRACE));
      CHECK(verdict(trusting, trusted) == expected);
      CHECK(verdict(trusting, stub::bases[1] + 0xff00 + 0x80) == expected);
      for (const std::uint64_t other :
           {trusted - 1, trusted - 16, trusted + (std::uint64_t{1} << 32),
            stub::bases[0] - 0x80, stub::bases[0] + stub::region_size + 0x80,
            std::uint64_t{0x80}})
        CHECK(verdict(trusting, other) == usual);
      CHECK(verdict(plain, trusted) == usual);
    }
    const auto& other = syscall_tables().back();
    CHECK(run(trusting, other.audit_arch,
              static_cast<std::uint32_t>(other.rules.front().number), {},
              trusted) == SECCOMP_RET_TRACE);
  }

  TEST_CASE("io_uring does not exist unless it is allowed") {
    const auto allowed =
        make_filter(syscall_tables(), {.allow_io_uring = true});
    CHECK(run(default_filter(), native, 425) == (SECCOMP_RET_ERRNO | ENOSYS));
    CHECK(run(allowed, native, 425) == SECCOMP_RET_ALLOW);
  }

  TEST_CASE("without tables everything passes") {
    CHECK(run(make_filter({}, {}), native, 2) == SECCOMP_RET_ALLOW);
  }
}

TEST_SUITE("tracer/syscall_table") {
  TEST_CASE("every row names arguments that a system call has") {
    for (const SyscallTable& table : syscall_tables()) {
      for (const auto& rule : table.rules) {
        CAPTURE(rule.name);
        for (const auto& path : rule.paths) {
          CHECK(path.path < 6);
          CHECK(path.dirfd < 6);
          if (path.path < 0) CHECK(path.dirfd < 0);
        }
      }
    }
  }

  TEST_CASE("a row is found by its architecture and number") {
    REQUIRE(find_rule(native, 257) != nullptr);
    CHECK(std::strcmp(find_rule(native, 257)->name, "openat") == 0);
    REQUIRE(find_rule(i386, 5) != nullptr);
    CHECK(std::strcmp(find_rule(i386, 5)->name, "open") == 0);
    CHECK(find_rule(native, 0) == nullptr);
    CHECK(find_rule(native, -1) == nullptr);
    CHECK(find_rule(AUDIT_ARCH_ARM, 5) == nullptr);
  }

  TEST_CASE("calls that have names for some commands only stop for those") {
    const auto program = default_filter();
    const auto stops = [&](std::uint32_t arch, std::uint32_t number,
                           std::initializer_list<std::uint64_t> arguments) {
      return run(program, arch, number, arguments) == SECCOMP_RET_TRACE;
    };
    for (const auto& [arch, bpf] : {std::pair{native, 321U}, {i386, 357U}}) {
      for (std::uint64_t command = 0; command < 40; ++command)
        CHECK(stops(arch, bpf, {command}) == (command == 6 || command == 7));
      for (std::uint64_t command = 0; command < 10; ++command) {
        CHECK(stops(arch, 431, {3, command}) ==
              (command == 1 || command == 3 || command == 4));
      }
    }
    CHECK(stops(native, 44, {3, 1, 1, 0, 0x1000, 110}));
    CHECK_FALSE(stops(native, 44, {3, 1, 1, 0, 0, 0}));
    CHECK(stops(native, 179, {0}));
  }
}
