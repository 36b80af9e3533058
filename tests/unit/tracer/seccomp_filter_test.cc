// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/seccomp_filter.hh"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstring>

#include "tracer/arch_x86_64.hh"

using vfsrun::tracer::find_rule;
using vfsrun::tracer::make_filter;
using vfsrun::tracer::syscall_rules;

namespace {

/// Runs the few BPF instructions that the filter may use; any other fails
/// the test.
std::uint32_t run(const std::vector<sock_filter>& program,
                  std::uint32_t audit_arch, std::uint32_t number) {
  seccomp_data data{};
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

TEST_SUITE("tracer/seccomp_filter") {
  TEST_CASE("the filter stops at the table's calls and at no other") {
    const auto program = make_filter(syscall_rules());
    for (std::uint32_t number = 0; number < 1024; ++number) {
      CAPTURE(number);
      const bool traced = run(program, vfsrun::tracer::arch::audit_arch,
                              number) == SECCOMP_RET_TRACE;
      CHECK(traced == (find_rule(number) != nullptr));
    }
  }

  TEST_CASE("x32 calls do not exist, other architectures pass") {
    const auto program = make_filter(syscall_rules());
    CHECK(run(program, vfsrun::tracer::arch::audit_arch, 0x40000000 | 2) ==
          (SECCOMP_RET_ERRNO | ENOSYS));
    CHECK(run(program, AUDIT_ARCH_I386, 5) == SECCOMP_RET_ALLOW);
  }

  TEST_CASE("an empty table lets everything pass") {
    const auto program = make_filter({});
    CHECK(run(program, vfsrun::tracer::arch::audit_arch, 2) ==
          SECCOMP_RET_ALLOW);
  }
}

TEST_SUITE("tracer/syscall_table") {
  TEST_CASE("every row names arguments that a system call has") {
    for (const auto& rule : syscall_rules()) {
      CAPTURE(rule.name);
      for (const auto& path : rule.paths) {
        CHECK(path.path < 6);
        CHECK(path.dirfd < 6);
        if (path.path < 0) CHECK(path.dirfd < 0);
      }
    }
  }

  TEST_CASE("a row is found by its number") {
    REQUIRE(find_rule(257) != nullptr);
    CHECK(std::strcmp(find_rule(257)->name, "openat") == 0);
    CHECK(find_rule(0) == nullptr);
    CHECK(find_rule(-1) == nullptr);
  }
}
