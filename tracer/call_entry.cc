// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_entry.hh"

#include <fcntl.h>

#include <algorithm>
#include <climits>

#include "gateway/base/log.hh"
#include "tracer/call_structs.hh"
#include "tracer/proc_links.hh"
#include "tracer/unix_address.hh"

namespace vfsrun::tracer {

static_assert(CallSlots::count * scratch::paths_per_slot <=
              AnnounceSlots::count);

namespace {

/// Only links of proc(5) can show a name of the kernel's making.
bool could_be_proc_link(pid_t tid, const std::string& path, int dirfd) {
  if (path.starts_with('/')) {
    // /dev/fd and /dev/stdin lead there.
    return path.find("/proc/") != path.npos || path.find("/dev/") != path.npos;
  }
  if (dirfd != AT_FDCWD) return true;
  const auto directory = base_directory(tid, AT_FDCWD);
  return directory && directory->starts_with("/proc/");
}

}  // namespace

void CallEntry::handle(Stopped stopped, Tracee& tracee) {
  if (tracee.interpreter) {  // one of its own calls
    std::move(stopped).resume(Until::syscall_exit);
    return;
  }
  Plan plan;
  const auto entry = stopped.syscall_entry();
  if (!entry || entry->abi == nullptr) return;
  plan.entry = *entry;
  plan.rule = find_rule(entry->abi->audit_arch, entry->number);
  if (plan.rule == nullptr)
    return handle_nameless(std::move(stopped), tracee, plan.entry);
  const bool in_doubt = stub::region_of(entry->instruction_pointer).has_value();
  ++parts_.stats.stops_by_call[std::string(plan.rule->name) +
                               (in_doubt ? ", stub in doubt" : "")];
  if (parts_.stubs != nullptr)
    parts_.stubs->on_call(stopped, tracee.stub_notes, *entry, *plan.rule);
  if (plan.rule->special == Special::getcwd)
    return getcwd(std::move(stopped), tracee, plan.entry);
  if (plan.rule->special == Special::listing)
    return list(std::move(stopped), tracee, plan.entry);

  Next next = read_names(stopped, tracee, plan);
  if (next == Next::go_on) next = need_gateway(stopped, tracee, plan);
  if (next == Next::parked) return;
  tracee.fetched.clear();
  if (next == Next::let_pass) return;
  plan.gives_link = gives_link(stopped, plan);
  if (!plan.touches_tree() && !plan.gives_link &&
      plan.found.uncertain.empty() && plan.rule->special != Special::exec)
    return;
  // On failure the thread goes on with its own arguments or has been given
  // its error; Stopped resumes it.
  (void)send_on(stopped, tracee, plan);
}

bool CallEntry::Plan::touches_tree() const {
  return std::ranges::any_of(found.names, [](const CallName& name) {
    return name.mapping.kind != Mapping::Kind::unchanged ||
           !name.mapping.directory.empty();
  });
}

CallEntry::Next CallEntry::read_names(Stopped& stopped, const Tracee& tracee,
                                      Plan& plan) {
  // Before the gateway runs no page can be waiting for it.
  const bool may_wait = parts_.gateway.state() == GatewayProcess::State::ready;
  plan.found =
      read_call_names(stopped, tracee, *plan.rule, plan.entry, parts_.map,
                      may_wait ? Absent::refuse : Absent::read);
  if (plan.found.outcome == CallNames::Outcome::known) return Next::go_on;
  parts_.memory.submit(std::move(plan.found.missing));
  parts_.parked.park(std::move(stopped), WaitsFor::memory);
  return Next::parked;
}

CallEntry::Next CallEntry::need_gateway(Stopped& stopped, Tracee& tracee,
                                        const Plan& plan) {
  const bool in_tree =
      std::ranges::any_of(plan.found.names, [](const CallName& name) {
        return name.mapping.kind == Mapping::Kind::in_tree;
      });
  if (!in_tree && !tracee.wants_gateway) return Next::go_on;
  if (parts_.gateway.state() == GatewayProcess::State::idle) {
    ++parts_.stats.gateway_starts;
    parts_.gateway.start();
  }
  switch (parts_.gateway.state()) {
    case GatewayProcess::State::ready:
      tracee.wants_gateway = false;
      return Next::go_on;
    case GatewayProcess::State::failed:
      (void)stopped.skip_call(-EIO);
      return Next::let_pass;
    default:
      parts_.parked.park(std::move(stopped), WaitsFor::gateway);
      return Next::parked;
  }
}

/// Whether the result may be a hidden name, or one served by a backend.
bool CallEntry::gives_link(const Stopped& stopped, const Plan& plan) const {
  if (plan.rule->special != Special::readlink || plan.found.names.empty() ||
      parts_.map.hidden().empty())
    return false;
  const CallName& name = plan.found.names.front();
  const PathArgument& where = plan.rule->paths.front();
  // readlink(2): a size that is not positive is an error of the program's.
  if (static_cast<std::int32_t>(argument(plan.entry, where.path + 2)) <= 0)
    return false;
  return !name.mapping.directory.empty() ||
         could_be_proc_link(stopped.tid(), name.text,
                            dirfd_of(plan.entry, where));
}

Result<void> CallEntry::send_on(Stopped& stopped, Tracee& tracee,
                                const Plan& plan) {
  CallInFlight call;
  call.entry = plan.entry;
  call.uncertain = plan.found.uncertain;
  if (plan.touches_tree() || plan.gives_link) {
    call.slot = parts_.slots.take();
    if (!call.slot) {
      parts_.parked.park(std::move(stopped), WaitsFor::slot);
      return {};
    }
    if (!TRY(write_paths(stopped, tracee, plan, call))) return {};
  }
  if (plan.rule->special == Special::exec && !plan.found.names.empty())
    call.exec = exec_attempt(plan, call);
  if (plan.touches_tree() && !call.changed.empty())
    ++parts_.stats.calls_rewritten;
  if (!call.announcements.empty()) ++parts_.stats.calls_announced;
  tracee.in_flight = std::move(call);
  std::move(stopped).resume(Until::syscall_exit);
  return {};
}

/// False when the call was given an error or has to come again.
Result<bool> CallEntry::write_paths(Stopped& stopped, Tracee& tracee,
                                    const Plan& plan, CallInFlight& call) {
  // First all rooms, then all registers: a call that fails in between must
  // not leave with half of its arguments changed.
  auto& rooms = call.rooms;
  std::optional<RemoteAddress> region;
  for (const CallName& name : plan.found.names) {
    announce(call, name);
    if (name.mapping.kind == Mapping::Kind::unchanged) continue;
    if (!region) region = scratch::find(stopped.tid());
    if (!region) {
      TRY(begin_mapping(stopped, tracee, plan.entry));
      return false;
    }
    const auto bytes = room_text(*plan.rule, name.mapping);
    if (!bytes) {
      TRY(stopped.skip_call(-bytes.error().code));
      return false;
    }
    const RemoteAddress room = TRY(scratch::write_room(
        stopped.tid(), *region, *call.slot, name.room, *bytes));
    const std::int8_t at = plan.rule->paths.at(name.index).path;
    if (is_struct(plan.rule->special)) {
      TRY(redirect_struct(stopped, plan, *region, room, bytes->size(), call));
      continue;
    }
    rooms.push_back({at, static_cast<std::uint64_t>(room)});
    if (plan.rule->special == Special::socket_address)
      rooms.push_back({at + 1, bytes->size()});
  }
  if (plan.gives_link) {
    if (!region) region = scratch::find(stopped.tid());
    if (!region) {
      TRY(begin_mapping(stopped, tracee, plan.entry));
      return false;
    }
    redirect_link(plan, *region, call);
  }
  for (const auto& room : rooms) {
    TRY(stopped.set_argument(*call.entry.abi, room.index, room.value));
    call.changed.push_back({room.index, argument(plan.entry, room.index)});
  }
  return true;
}

/// The kernel gets a copy of the structure that leads to the name in `room`.
Result<void> CallEntry::redirect_struct(const Stopped& stopped,
                                        const Plan& plan, RemoteAddress region,
                                        RemoteAddress room, std::size_t size,
                                        CallInFlight& call) {
  const std::int8_t at = plan.rule->paths.front().path;
  const bool several = plan.rule->special == Special::messages;
  if (plan.found.structures_before > 0) {
    // Those before it need no change: they are sent alone, as sendmmsg(2) may.
    call.rooms.push_back({at + 1, plan.found.structures_before});
    return {};
  }
  const RemoteAddress copy = TRY(scratch::write_room(
      stopped.tid(), region, *call.slot, 1,
      with_name(plan.rule->special, *plan.entry.abi, plan.found.structure,
                static_cast<std::uint64_t>(room), size)));
  call.rooms.push_back({at, static_cast<std::uint64_t>(copy)});
  if (several) {
    call.rooms.push_back({at + 1, 1});
    const std::size_t offset = sent_length_offset(*plan.entry.abi);
    call.sent = SentLength{copy + offset,
                           RemoteAddress{argument(plan.entry, at)} + offset};
  }
  return {};
}

void CallEntry::redirect_link(const Plan& plan, RemoteAddress region,
                              CallInFlight& call) {
  const int buffer = plan.rule->paths.front().path + 1;
  const int size = buffer + 1;
  LinkResult link;
  link.buffer = RemoteAddress{argument(plan.entry, buffer)};
  link.size = argument(plan.entry, size);
  link.room = scratch::room_address(region, *call.slot, 1);
  call.rooms.push_back({buffer, static_cast<std::uint64_t>(link.room)});
  call.rooms.push_back({size, PATH_MAX});
  call.link = link;
}

ExecAttempt CallEntry::exec_attempt(const Plan& plan,
                                    const CallInFlight& call) {
  const CallName& name = plan.found.names.front();
  const bool in_tree = name.mapping.kind == Mapping::Kind::in_tree;
  ExecAttempt attempt{plan.entry, in_tree ? name.mapping.path : name.text,
                      in_tree ? std::string() : name.local_path};
  for (const auto& room : call.rooms) {
    attempt.used.arguments.at(static_cast<std::size_t>(room.index)) =
        room.value;
  }
  return attempt;
}

void CallEntry::announce(CallInFlight& call, const CallName& name) const {
  if (name.mapping.directory.empty()) return;
  call.announcements.emplace_back(
      parts_.announce,
      call.slot->number() * scratch::paths_per_slot + name.room,
      name.mapping.directory);
}

Result<std::string> CallEntry::room_text(const SyscallRule& rule,
                                         const Mapping& mapping) const {
  std::string path = mapping.kind == Mapping::Kind::in_tree
                         ? parts_.map.to_hidden(mapping.path)
                         : mapping.path;
  if (rule.special == Special::socket_address ||
      rule.special == Special::message || rule.special == Special::messages)
    return make_unix_address(path);
  path.push_back('\0');
  if (path.size() > PATH_MAX) return fail(ENAMETOOLONG);
  return path;
}

Result<void> CallEntry::begin_mapping(Stopped& stopped, Tracee& tracee,
                                      const SyscallEntry& entry) {
  if (tracee.refused_mappings >= scratch::Injection::attempts) {
    LOG(error, "thread {}: no room below 2 GiB for rewritten paths: ENOMEM",
        stopped.tid());
    return stopped.skip_call(-ENOMEM);
  }
  ++parts_.stats.scratch_mappings;
  tracee.injection = TRY(
      scratch::Injection::begin(stopped, *entry.abi, tracee.refused_mappings));
  std::move(stopped).resume(Until::syscall_exit);
  return {};
}

void CallEntry::getcwd(Stopped stopped, Tracee& tracee,
                       const SyscallEntry& entry) {
  // Done here instead of by the kernel: the hidden name is longer than the
  // virtual one, and the program's buffer may only hold the latter.
  if (parts_.map.hidden().empty()) return;
  const auto directory = base_directory(stopped.tid(), AT_FDCWD);
  if (!directory) return;
  auto name = parts_.map.to_virtual(*directory);
  if (!name) return;
  name->push_back('\0');
  const std::size_t size = name->size();
  if (argument(entry, 1) < size) {
    (void)stopped.skip_call(-ERANGE);
    return;
  }
  parts_.replies.write(std::move(stopped), tracee,
                       RemoteAddress{argument(entry, 0)}, *std::move(name),
                       {static_cast<long>(size), std::nullopt});
}

void CallEntry::list(Stopped stopped, Tracee& tracee,
                     const SyscallEntry& entry) {
  const int fd = static_cast<int>(argument(entry, 0));
  const auto directory = base_directory(stopped.tid(), fd);
  if (!directory) return;
  const auto names = parts_.listing.missing_in(*directory);
  if (!names || names->empty()) return;
  const auto position = file_position(stopped.tid(), fd);
  const auto registers = stopped.registers();
  if (!position || !registers) return;
  if (parts_.stubs != nullptr) parts_.stubs->names_listed();
  tracee.listing.emplace();
  tracee.listing->abi = entry.abi;
  tracee.listing->saved = *registers;
  // Past the last of ours is a file system's own end: INT64_MAX on ext4.
  const auto from = static_cast<std::uint64_t>(*position - first_position);
  if (*position < first_position || from > names->size()) {
    std::move(stopped).resume(Until::syscall_exit);
    return;
  }
  ListingPart part = make_listing(*names, from, argument(entry, 2));
  if (part.bytes.empty()) {
    tracee.listing.reset();
    (void)stopped.skip_call(from < names->size() ? -EINVAL : 0);
    return;
  }
  const auto size = static_cast<long>(part.bytes.size());
  parts_.replies.write(std::move(stopped), tracee,
                       RemoteAddress{argument(entry, 1)}, std::move(part.bytes),
                       {size, part.next_position});
}

void CallEntry::handle_answer(Stopped stopped, Tracee& tracee,
                              const MemoryAnswer& answer) {
  if (answer.job.text) {
    return parts_.replies.finish(std::move(stopped), tracee,
                                 answer.result.has_value());
  }
  tracee.fetched.push_back(
      {answer.job.address, answer.job.size, answer.result});
  handle(std::move(stopped), tracee);
}

}  // namespace vfsrun::tracer
