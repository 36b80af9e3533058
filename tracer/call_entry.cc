// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_entry.hh"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>

#include <algorithm>
#include <climits>

#include "gateway/base/log.hh"
#include "tracer/proc_links.hh"
#include "tracer/unix_address.hh"

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
  if (!entry || entry->abi == nullptr) return;
  plan.entry = *entry;
  plan.rule = find_rule(entry->abi->audit_arch, entry->number);
  if (plan.rule == nullptr)
    return trace_the_child(std::move(stopped), tracee, plan.entry);
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
  const SyscallEntry& entry = plan.entry;
  if (plan.rule->special == Special::socket_address) {
    const std::uint64_t size = argument(entry, 2);
    if (!can_be_unix_address(size)) return Next::let_pass;
    return read_name(stopped, tracee, plan,
                     {0, RemoteAddress{argument(entry, 1)}, size, AT_FDCWD});
  }
  for (std::size_t i = 0; i < plan.rule->paths.size(); ++i) {
    const PathArgument& where = plan.rule->paths.at(i);
    if (where.path < 0) continue;
    const RemoteAddress address{argument(entry, where.path)};
    if (address == RemoteAddress{0}) continue;  // legal for utimensat(2)
    const Next next = read_name(stopped, tracee, plan,
                                {i, address, 0, dirfd_of(entry, where)});
    if (next != Next::go_on) return next;
  }
  if (plan.rule->special == Special::open_how &&
      confined_to_dirfd(stopped, entry))
    return Next::let_pass;
  return Next::go_on;
}

CallEntry::Next CallEntry::read_name(Stopped& stopped, Tracee& tracee,
                                     Plan& plan, const NameSource& source) {
  const pid_t tid = stopped.tid();
  auto text = fetch(tid, tracee, source);
  if (!text && text.error().code == EAGAIN) {
    parts_.memory.submit({tid, source.address, source.size, std::nullopt});
    parts_.parked.park(std::move(stopped), WaitsFor::memory);
    return Next::parked;
  }
  // What cannot be read, the kernel finds out itself: its errno is right.
  if (!text) return Next::let_pass;
  if (source.size != 0) {
    auto path = unix_address_path(*text);
    if (!path) return Next::let_pass;
    text = *std::move(path);
  }
  Mapping mapping =
      parts_.map.map(*text, [&] { return base_directory(tid, source.dirfd); });
  plan.names.push_back({source.index, *std::move(text), std::move(mapping)});
  return Next::go_on;
}

Result<std::string> CallEntry::fetch(pid_t tid, const Tracee& tracee,
                                     const NameSource& source) const {
  for (const FetchedString& fetched : tracee.fetched) {
    if (fetched.address == source.address) return fetched.text;
  }
  // Before the gateway runs no page can be waiting for it.
  const bool may_wait = parts_.gateway.state() == GatewayProcess::State::ready;
  return read_text(tid, source.address, source.size,
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
  CallInFlight call;
  call.abi = plan.entry.abi;
  call.slot = std::move(slot);
  call.link = plan.link;
  // First all rooms, then all registers: a call that fails in between must
  // not leave with half of its arguments changed.
  std::vector<CallInFlight::Argument> rooms;
  std::optional<RemoteAddress> region;
  for (const Name& name : plan.names) {
    announce(call, name);
    if (name.mapping.kind == Mapping::Kind::unchanged) continue;
    if (!region) region = scratch::find(stopped.tid());
    if (!region) return begin_mapping(stopped, tracee, plan.entry);
    const auto bytes = room_text(*plan.rule, name.mapping);
    if (!bytes) return stopped.skip_call(-bytes.error().code);
    const RemoteAddress room = TRY(scratch::write_room(
        stopped.tid(), *region, *call.slot, name.index, *bytes));
    if (plan.rule->special == Special::socket_address) {
      rooms.push_back({1, static_cast<std::uint64_t>(room)});
      rooms.push_back({2, bytes->size()});
    } else {
      rooms.push_back({plan.rule->paths.at(name.index).path,
                       static_cast<std::uint64_t>(room)});
    }
  }
  for (const auto& room : rooms) {
    TRY(stopped.set_argument(*call.abi, room.index, room.value));
    call.changed.push_back({room.index, argument(plan.entry, room.index)});
  }
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
      call.slot->number() * scratch::paths_per_slot + name.index,
      name.mapping.directory);
}

Result<std::string> CallEntry::room_text(const SyscallRule& rule,
                                         const Mapping& mapping) const {
  std::string path = mapping.kind == Mapping::Kind::in_tree
                         ? parts_.map.to_hidden(mapping.path)
                         : mapping.path;
  if (rule.special == Special::socket_address) return make_unix_address(path);
  path.push_back('\0');
  if (path.size() > PATH_MAX) return fail(ENAMETOOLONG);
  return path;
}

void CallEntry::trace_the_child(Stopped stopped, Tracee& tracee,
                                const SyscallEntry& entry) {
  // The one call without a name that the filter asks about: clone(2) with
  // CLONE_UNTRACED. Traced or not, the child cannot tell; without a tracer
  // each of its path calls would fail with ENOSYS (seccomp(2)).
  const std::uint64_t flags = argument(entry, 0);
  if (!stopped.set_argument(*entry.abi, 0,
                            flags & ~std::uint64_t{CLONE_UNTRACED}))
    return;
  CallInFlight call;
  call.abi = entry.abi;
  call.changed.push_back({0, flags});
  tracee.in_flight = std::move(call);
  std::move(stopped).resume(Until::syscall_exit);
}

Result<void> CallEntry::begin_mapping(Stopped& stopped, Tracee& tracee,
                                      const SyscallEntry& entry) {
  if (tracee.refused_mappings >= scratch::Injection::attempts) {
    LOG(error, "thread {}: no room below 2 GiB for rewritten paths: ENOMEM",
        stopped.tid());
    return stopped.skip_call(-ENOMEM);
  }
  tracee.injection = TRY(
      scratch::Injection::begin(stopped, *entry.abi, tracee.refused_mappings));
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
  MemoryJob job{stopped.tid(), RemoteAddress{argument(entry, 0)}, 0,
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
