// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that carry no name and matter all the same: new processes, new mount
// namespaces, filters of the program's own.
#include <linux/sched.h>

#include "tracer/call_entry.hh"

namespace vfsrun::tracer {

namespace {

/// The flags of a clone3(2); 0 where they cannot be read at once.
std::uint64_t child_flags(pid_t tid, const SyscallEntry& entry) {
  const RemoteAddress at{argument(entry, 0)};  // struct clone_args: flags first
  std::uint64_t flags = 0;
  if (!is_resident(tid, at, sizeof flags) ||
      !read_memory(tid, at, std::as_writable_bytes(std::span(&flags, 1))))
    return 0;
  return flags;
}

}  // namespace

void CallEntry::handle_nameless(Stopped stopped, Tracee& tracee,
                                const SyscallEntry& entry) {
  switch (find_verdict(entry.abi->audit_arch, entry.number, entry.arguments)) {
    case Verdict::trace_child:
      return trace_child(std::move(stopped), tracee, entry);
    case Verdict::mount_tree:
      return mount_tree(std::move(stopped));
    case Verdict::child_flags: {
      const auto flags = child_flags(stopped.tid(), entry);
      // Programs fall back to clone(2), whose flags can be changed.
      if ((flags & CLONE_UNTRACED) != 0) {
        (void)stopped.skip_call(-ENOSYS);
      } else if ((flags & CLONE_NEWNS) != 0) {
        mount_tree(std::move(stopped));
      }
      return;
    }
    case Verdict::map_scratch:
      if (parts_.stubs != nullptr)
        parts_.stubs->on_own_filter(stopped, tracee.stub_notes);
      if (!scratch::find(stopped.tid()) &&
          tracee.refused_mappings < scratch::Injection::attempts)
        (void)begin_mapping(stopped, tracee, entry);
      return;
    default:
      if (parts_.stubs != nullptr && entry.number == arch::native.mmap_number)
        parts_.stubs->on_fixed_mapping(stopped, argument(entry, 0),
                                       argument(entry, 1));
      return;
  }
}

/// A mount namespace is about to be made. It goes on without the tree where
/// that cannot be mounted.
void CallEntry::mount_tree(Stopped stopped) {
  if (parts_.gateway.state() == GatewayProcess::State::idle) {
    ++parts_.stats.gateway_starts;
    parts_.gateway.start();
  }
  if (parts_.gateway.state() == GatewayProcess::State::starting)
    parts_.parked.park(std::move(stopped), WaitsFor::gateway);
}

void CallEntry::trace_child(Stopped stopped, Tracee& tracee,
                            const SyscallEntry& entry) {
  const std::uint64_t flags = argument(entry, 0);
  if (!stopped.set_argument(*entry.abi, 0,
                            flags & ~std::uint64_t{CLONE_UNTRACED}))
    return;
  CallInFlight call;
  call.entry = entry;
  call.changed.push_back({0, flags});
  tracee.in_flight = std::move(call);
  std::move(stopped).resume(Until::syscall_exit);
}

}  // namespace vfsrun::tracer
