// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/seccomp_filter.hh"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "tracer/arch_x86_64.hh"

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

/// Binary search over sorted numbers; every branch ends in its own verdict,
/// so that no jump is far.
std::vector<sock_filter> search(std::span<const SyscallRule> rules) {
  if (rules.empty()) return {statement(give_back, SECCOMP_RET_ALLOW)};
  if (rules.size() == 1) {
    return {jump(jump_equal, static_cast<std::uint32_t>(rules[0].number), 0, 1),
            statement(give_back, SECCOMP_RET_TRACE),
            statement(give_back, SECCOMP_RET_ALLOW)};
  }
  const std::size_t middle = rules.size() / 2;
  const auto low = search(rules.first(middle));
  const auto high = search(rules.subspan(middle));
  std::vector<sock_filter> out{
      jump(jump_at_least, static_cast<std::uint32_t>(rules[middle].number),
           low.size(), 0)};
  out.insert(out.end(), low.begin(), low.end());
  out.insert(out.end(), high.begin(), high.end());
  return out;
}

}  // namespace

std::vector<sock_filter> make_filter(std::span<const SyscallRule> rules) {
  std::vector<sock_filter> out{
      statement(load_word, offsetof(seccomp_data, arch)),
      jump(jump_equal, arch::audit_arch, 1, 0),
      statement(give_back, SECCOMP_RET_ALLOW),
      statement(load_word, offsetof(seccomp_data, nr)),
      jump(jump_at_least, arch::x32_bit, 0, 1),
      statement(give_back, SECCOMP_RET_ERRNO | ENOSYS)};
  const auto tree = search(rules);
  out.insert(out.end(), tree.begin(), tree.end());
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
