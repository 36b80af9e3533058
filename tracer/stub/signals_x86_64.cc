// SPDX-License-Identifier: GPL-2.0-or-later
// Signals that find a thread in the stub region. The program must never learn
// of the region: neither a handler's frame nor a core file may name an address
// in it, since nothing could be unwound from there.
#include <algorithm>
#include <csignal>
#include <cstring>

#include "tracer/arch.hh"
#include "tracer/stub/patcher.hh"

namespace vfsrun::tracer::stub {

namespace {

constexpr std::uint64_t not_in_call = static_cast<std::uint64_t>(-1);

bool region_lives(pid_t tid, std::uint64_t base) {
  const auto found =
      get<std::uint64_t>(tid, base + head_offset + offsetof(StubHead, magic));
  return found && *found == magic;
}

std::optional<std::uint64_t> stub_at_site(pid_t tid, std::uint64_t site) {
  const auto bytes = get<SiteBytes>(tid, site - site_before);
  return bytes ? patched_stub(*bytes) : std::nullopt;
}

/// A fault outside of the region, at or in a patched site: the landing of a
/// thread that was in the kernel while its site was patched, the breakpoint
/// that stands there meanwhile, or a region that the program has unmapped.
bool repair_site(const Stopped& stopped, const arch::Registers& registers,
                 int signal) {
  const std::uint64_t ip = registers.rip;
  if (signal == SIGTRAP) {
    const std::uint64_t site = ip - 1;
    if (!stub_at_site(stopped.tid(), site)) return false;
    return stopped.set_instruction_pointer(site).has_value();
  }
  for (const std::uint64_t behind : {syscall_size, std::uint64_t{0}}) {
    const std::uint64_t site = ip - behind;
    const auto stub = stub_at_site(stopped.tid(), site);
    if (!stub) continue;
    if (region_lives(stopped.tid(), *region_of(*stub))) {
      if (behind == 0) return false;
      return stopped.set_instruction_pointer(*stub + stub_epilogue).has_value();
    }
    const auto bytes = get<SiteBytes>(stopped.tid(), site - site_before);
    const auto memory = CodeMemory::open(stopped.tid());
    return bytes && memory &&
           memory->put(site, original_bytes(*bytes)).has_value();
  }
  return false;
}

/// A thread that stands in the region, and what it was doing.
class ThreadInRegion {
 public:
  ThreadInRegion(const Stopped& stopped, std::uint64_t base,
                 std::uint64_t first_stub, const arch::Registers& registers)
      : stopped_(stopped),
        base_(base),
        first_stub_(first_stub),
        registers_(registers) {}

  /// False where this is not our code after all.
  bool find() {
    const std::uint64_t offset = registers_.rip - base_;
    const CodeOffsets code = code_offsets();
    if (!region_lives(stopped_.tid(), base_) || offset < code_offset)
      return false;
    if (offset >= first_stub_) {
      stub_ = registers_.rip / stub_size * stub_size;
      const std::uint64_t at = registers_.rip - stub_;
      is_final_ = at == stub_untrusted + syscall_size;
      has_result_ = is_final_ || at >= trusted_low_byte;
    } else if (offset >= code.verify_saved && offset < code.verify_restored) {
      const auto room = get<VerifyRoom>(stopped_.tid(), registers_.rbx);
      if (!room) return false;
      leave_room(*room);
    } else {
      stub_ = registers_.r11 / stub_size * stub_size;
      failed_ = offset >= code.verify && offset < code.checks;
    }
    return region_of(stub_) == base_ && read_stub();
  }

  /// A pointer was bad: the kernel shall find the same.
  bool fail_natively() const {
    if (has_result_ || failed_) return false;
    return stopped_.set_instruction_pointer(stub_ + stub_untrusted).has_value();
  }

  /// As if the site had never been patched.
  void leave() {
    if (is_final_ || (has_result_ && !is_still_looked_at())) {
      // The fault there would unblock SIGSEGV for good, and reset its handler.
      if (stopped_.blocks(SIGSEGV)) return;
      registers_.rip = facts_.site + syscall_size;
    } else {
      // The call was not made, or has failed: it is made again.
      registers_.rip = facts_.site;
      registers_.rax = facts_.number;
      registers_.orig_rax = not_in_call;
    }
    (void)stopped_.set_registers(registers_);
  }

 private:
  /// The stub has yet to look at this result.
  [[nodiscard]] bool is_still_looked_at() const {
    const auto result = static_cast<std::int64_t>(registers_.rax);
    const auto* const rule = find_rule(arch::native.audit_arch, facts_.number);
    if (rule != nullptr && rule->special == Special::readlink)
      return result > 0;
    if (rule != nullptr && rule->special == Special::listing)
      return result == 0;
    return result == -ENOENT || result == -ENOTDIR || result == -ELOOP;
  }

  void leave_room(const VerifyRoom& room) {
    constexpr std::uint32_t open = 0;
    (void)write_memory(stopped_.tid(), RemoteAddress{registers_.rbx},
                       std::as_bytes(std::span(&open, 1)));
    stub_ = room.stub;
    registers_.rbx = room.rbx;
    registers_.rdi = room.rdi;
    registers_.rsi = room.rsi;
    registers_.rdx = room.rdx;
    registers_.r10 = room.r10;
    failed_ = true;
  }

  bool read_stub() {
    const auto code = get<StubBytes>(stopped_.tid(), stub_);
    if (code) facts_ = facts_of(*code);
    return code.has_value();
  }

  const Stopped& stopped_;
  std::uint64_t base_;
  std::uint64_t first_stub_;
  arch::Registers registers_;
  std::uint64_t stub_ = 0;
  StubFacts facts_{};
  bool is_final_ = false;    // nothing is left but to go on
  bool has_result_ = false;  // rax is the call's result, not its number
  bool failed_ = false;      // the call was made and failed
};

}  // namespace

bool StubPatcher::on_signal(const Stopped& stopped, int signal) {
  const auto registers = stopped.registers();
  if (!registers || arch::pointer_size(*registers) != sizeof(std::uint64_t))
    return false;
  const bool may_be_fault =
      signal == SIGSEGV || signal == SIGBUS || signal == SIGTRAP;
  const auto base = region_of(registers->rip);
  if (!base) {
    if (!may_be_fault || !stopped.is_fault()) return false;
    const bool ours = repair_site(stopped, *registers, signal);
    if (ours) ++stats_.stub_faults;
    return ours;
  }
  ThreadInRegion thread(stopped, *base, head_offset + image_.size(),
                        *registers);
  if (!thread.find()) return false;
  if (may_be_fault && stopped.is_fault() && thread.fail_natively()) {
    ++stats_.stub_faults;
    return true;
  }
  ++stats_.stub_evacuations;
  thread.leave();
  return false;
}

}  // namespace vfsrun::tracer::stub
