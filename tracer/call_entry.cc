// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_entry.hh"

#include <linux/openat2.h>

#include <algorithm>

#include "gateway/base/log.hh"
#include "tracer/proc_links.hh"

namespace vfsrun::tracer {

static_assert(CallSlots::count * scratch::paths_per_slot <=
              AnnounceSlots::count);

namespace {

std::uint64_t argument(const SyscallEntry& entry, int index) {
  return entry.arguments.at(static_cast<std::size_t>(index));
}

int dirfd_of(const SyscallEntry& entry, const PathArgument& where) {
  if (where.dirfd < 0) return AT_FDCWD;
  return static_cast<int>(argument(entry, where.dirfd));
}

/// openat2(2): with these flags an absolute path starts at dirfd or is
/// refused, so it cannot mean ours.
bool confined_to_dirfd(const Stopped& stopped, const SyscallEntry& entry) {
  open_how how{};
  const auto read =
      read_memory(stopped.tid(), RemoteAddress{argument(entry, 2)},
                  std::as_writable_bytes(std::span(&how, 1)));
  return read && (how.resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH)) != 0;
}

/// Only links of proc(5) can show a name of the kernel's making.
bool could_be_proc_link(pid_t tid, const std::string& path, int dirfd) {
  if (path.starts_with('/')) return path.find("/proc/") != path.npos;
  if (dirfd != AT_FDCWD) return true;
  const auto directory = base_directory(tid, AT_FDCWD);
  return directory && directory->starts_with("/proc/");
}

}  // namespace

void CallEntry::handle(Stopped stopped, Tracee& tracee) {
  Plan plan;
  const auto entry = stopped.syscall_entry();
  if (!entry || entry->audit_arch != arch::audit_arch) return;
  plan.entry = *entry;
  plan.rule = find_rule(entry->number);
  if (plan.rule == nullptr) return;
  if (plan.rule->special == Special::getcwd)
    return getcwd(std::move(stopped), plan.entry);

  Next next = read_names(stopped, tracee, plan);
  if (next == Next::go_on) next = need_gateway(stopped, plan);
  if (next == Next::parked) return;
  tracee.fetched.clear();
  if (next == Next::let_pass) return;
  watch_link(stopped, plan);
  const bool concerned =
      plan.link || std::ranges::any_of(plan.names, [](const Name& name) {
        return name.mapping.kind != Mapping::Kind::unchanged ||
               !name.mapping.directory.empty();
      });
  if (!concerned) return;
  // On failure the thread goes on with its own arguments or has been given
  // its error; Stopped resumes it.
  (void)rewrite(stopped, tracee, plan);
}

CallEntry::Next CallEntry::read_names(Stopped& stopped, Tracee& tracee,
                                      Plan& plan) {
  const pid_t tid = stopped.tid();
  for (std::size_t i = 0; i < plan.rule->paths.size(); ++i) {
    const PathArgument& where = plan.rule->paths.at(i);
    if (where.path < 0) continue;
    const RemoteAddress address{argument(plan.entry, where.path)};
    if (address == RemoteAddress{0}) continue;  // legal for utimensat(2)
    auto text = read_name(stopped, tracee, address);
    if (!text && text.error().code == EAGAIN) {
      parts_.memory.submit({tid, address, std::nullopt});
      parts_.parked.park(std::move(stopped), WaitsFor::memory);
      return Next::parked;
    }
    // What cannot be read, the kernel finds out itself: its errno is right.
    if (!text) return Next::let_pass;
    const int dirfd = dirfd_of(plan.entry, where);
    Mapping mapping =
        parts_.map.map(*text, [&] { return base_directory(tid, dirfd); });
    plan.names.push_back({i, *std::move(text), std::move(mapping)});
  }
  if (plan.rule->special == Special::open_how &&
      confined_to_dirfd(stopped, plan.entry))
    return Next::let_pass;
  return Next::go_on;
}

Result<std::string> CallEntry::read_name(const Stopped& stopped, Tracee& tracee,
                                         RemoteAddress address) {
  for (const FetchedString& fetched : tracee.fetched) {
    if (fetched.address == address) return fetched.text;
  }
  // Before the gateway runs no page can be waiting for it.
  const bool may_wait = parts_.gateway.state() == GatewayProcess::State::ready;
  return read_string(stopped.tid(), address,
                     may_wait ? Absent::refuse : Absent::read);
}

CallEntry::Next CallEntry::need_gateway(Stopped& stopped, const Plan& plan) {
  const bool in_tree = std::ranges::any_of(plan.names, [](const Name& name) {
    return name.mapping.kind == Mapping::Kind::in_tree;
  });
  if (!in_tree) return Next::go_on;
  if (parts_.gateway.state() == GatewayProcess::State::idle) {
    ++parts_.stats.gateway_starts;
    parts_.gateway.start();
  }
  switch (parts_.gateway.state()) {
    case GatewayProcess::State::ready:
      return Next::go_on;
    case GatewayProcess::State::failed:
      (void)stopped.skip_call(-EIO);
      return Next::let_pass;
    default:
      parts_.parked.park(std::move(stopped), WaitsFor::gateway);
      return Next::parked;
  }
}

void CallEntry::watch_link(const Stopped& stopped, Plan& plan) const {
  if (plan.rule->special != Special::readlink || plan.names.empty() ||
      parts_.map.hidden().empty())
    return;
  const Name& name = plan.names.front();
  const PathArgument& where = plan.rule->paths.front();
  const int dirfd = dirfd_of(plan.entry, where);
  if (name.mapping.directory.empty() &&
      !could_be_proc_link(stopped.tid(), name.text, dirfd))
    return;
  LinkResult link;
  link.path = name.text;
  link.dirfd = dirfd;
  link.buffer = RemoteAddress{argument(plan.entry, where.path + 1)};
  link.size = argument(plan.entry, where.path + 2);
  plan.link = std::move(link);
}

Result<void> CallEntry::rewrite(Stopped& stopped, Tracee& tracee,
                                const Plan& plan) {
  auto slot = parts_.slots.take();
  if (!slot) {
    parts_.parked.park(std::move(stopped), WaitsFor::slot);
    return {};
  }
  CallInFlight call(*std::move(slot));
  call.link = plan.link;
  // First all rooms, then all registers: a call that fails in between must
  // not leave with half of its arguments changed.
  std::vector<CallInFlight::Argument> rooms;
  std::optional<RemoteAddress> region;
  for (const Name& name : plan.names) {
    announce(call, name);
    if (name.mapping.kind == Mapping::Kind::unchanged) continue;
    if (!region) region = scratch::find(stopped.tid());
    if (!region) return begin_mapping(stopped, tracee);
    const auto room =
        scratch::write_path(stopped.tid(), *region, call.slot, name.index,
                            kernel_path(name.mapping));
    if (!room) return stopped.skip_call(-room.error().code);
    const int index = plan.rule->paths.at(name.index).path;
    rooms.push_back({index, static_cast<std::uint64_t>(*room)});
    call.changed.push_back({index, argument(plan.entry, index)});
  }
  for (const auto& room : rooms)
    TRY(stopped.set_argument(room.index, room.value));
  call.executes = plan.rule->special == Special::exec && !call.changed.empty();
  if (!call.changed.empty()) ++parts_.stats.calls_rewritten;
  if (!call.announcements.empty()) ++parts_.stats.calls_announced;
  tracee.in_flight = std::move(call);
  std::move(stopped).resume(Until::syscall_exit);
  return {};
}

void CallEntry::announce(CallInFlight& call, const Name& name) const {
  if (name.mapping.directory.empty()) return;
  call.announcements.emplace_back(
      parts_.announce,
      call.slot.number() * scratch::paths_per_slot + name.index,
      name.mapping.directory);
}

std::string CallEntry::kernel_path(const Mapping& mapping) const {
  return mapping.kind == Mapping::Kind::in_tree
             ? parts_.map.to_hidden(mapping.path)
             : mapping.path;
}

Result<void> CallEntry::begin_mapping(Stopped& stopped, Tracee& tracee) {
  if (tracee.refused_mappings >= scratch::Injection::attempts) {
    LOG(error, "thread {}: no room below 2 GiB for rewritten paths: ENOMEM",
        stopped.tid());
    return stopped.skip_call(-ENOMEM);
  }
  tracee.injection =
      TRY(scratch::Injection::begin(stopped, tracee.refused_mappings));
  std::move(stopped).resume(Until::syscall_exit);
  return {};
}

void CallEntry::getcwd(Stopped stopped, const SyscallEntry& entry) {
  // Done here instead of by the kernel: the hidden name is longer than the
  // virtual one, and the program's buffer may only hold the latter.
  if (parts_.map.hidden().empty()) return;
  const auto directory = base_directory(stopped.tid(), AT_FDCWD);
  if (!directory) return;
  auto name = parts_.map.to_virtual(*directory);
  if (!name) return;
  name->push_back('\0');
  if (argument(entry, 1) < name->size()) {
    (void)stopped.skip_call(-ERANGE);
    return;
  }
  MemoryJob job{stopped.tid(), RemoteAddress{argument(entry, 0)},
                *std::move(name)};
  if (!is_resident(job.tid, job.address, job.text->size())) {
    parts_.memory.submit(std::move(job));
    parts_.parked.park(std::move(stopped), WaitsFor::memory);
    return;
  }
  const auto size = static_cast<long>(job.text->size());
  const auto written =
      write_memory(job.tid, job.address, std::as_bytes(std::span(*job.text)));
  (void)stopped.skip_call(written ? size : -EFAULT);
}

void CallEntry::handle_answer(Stopped stopped, Tracee& tracee,
                              const MemoryAnswer& answer) {
  if (answer.job.text) {
    const auto size = static_cast<long>(answer.job.text->size());
    (void)stopped.skip_call(answer.result ? size : -EFAULT);
    return;
  }
  tracee.fetched.push_back({answer.job.address, answer.result});
  handle(std::move(stopped), tracee);
}

}  // namespace vfsrun::tracer
