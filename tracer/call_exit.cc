// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_exit.hh"

#include <algorithm>
#include <climits>

namespace vfsrun::tracer {

namespace {

/// The failed call itself has filled the kernel's caches, so now it can be
/// told whether a link on the way leads into the tree. If so, the thread
/// makes the call once more, and this time it is rewritten.
Result<void> repeat_if_linked(const Stopped& stopped, const CallInFlight& call,
                              const PathMap& map) {
  const long result = TRY(stopped.call_result());
  if (result != -ENOENT && result != -ENOTDIR && result != -ELOOP) return {};
  for (const UncertainName& name : call.uncertain) {
    const auto answer = follow_local_links(name.path, name.last, map);
    if (answer.kind == LinkAnswer::Kind::into_tree) {
      return stopped.set_registers(arch::before_call(arch::with_first_argument(
          TRY(stopped.registers()), call.entry.arguments.front())));
    }
  }
  return {};
}

}  // namespace

void CallExit::handle(Stopped stopped, Tracee& tracee) {
  if (tracee.in_flight && tracee.in_flight->link) {
    const LinkResult link = *tracee.in_flight->link;
    auto text = link_text(stopped, link);
    const auto until = finish_call(stopped, tracee);
    if (until && text && *text) {
      const auto size = static_cast<long>((*text)->size());
      replies_.write(std::move(stopped), tracee, link.buffer, **std::move(text),
                     {size, std::nullopt});
    }
    return;
  }
  if (tracee.in_flight && tracee.in_flight->sent) {
    const SentLength sent = *tracee.in_flight->sent;
    const auto result = stopped.call_result();
    auto length =
        read_text(stopped.tid(), sent.copy, sizeof(int), Absent::read);
    const auto until = finish_call(stopped, tracee);
    if (until && result && *result == 1 && length) {
      replies_.write(std::move(stopped), tracee, sent.own, *std::move(length),
                     {1, std::nullopt});
    }
    return;
  }
  const Until until = go_on(stopped, tracee).value_or(Until::next_event);
  std::move(stopped).resume(until);
}

/// What the program shall find in its buffer; nothing when the call failed.
Result<std::optional<std::string>> CallExit::link_text(
    const Stopped& stopped, const LinkResult& link) const {
  const long result = TRY(stopped.call_result());
  if (result <= 0 || result > PATH_MAX) return std::nullopt;
  std::string text(static_cast<std::size_t>(result), '\0');
  TRY(read_memory(stopped.tid(), link.room,
                  std::as_writable_bytes(std::span(text))));
  if (auto name = map_.to_virtual(text)) text = *std::move(name);
  text.resize(std::min<std::size_t>(text.size(), link.size));
  return text;
}

Result<Until> CallExit::go_on(const Stopped& stopped, Tracee& tracee) {
  if (tracee.listing) {
    const ListingCall call = *std::exchange(tracee.listing, std::nullopt);
    tracee.listing = TRY(continue_listing(stopped, call));
    return tracee.listing ? Until::syscall_exit : Until::next_event;
  }
  if (tracee.interpreter) {
    if (TRY(tracee.interpreter->advance(stopped, map_)))
      return Until::syscall_exit;
    tracee.wants_gateway = tracee.interpreter->wants_gateway();
    tracee.interpreter.reset();
    return Until::next_event;
  }
  if (tracee.injection) {
    const auto injection = *std::exchange(tracee.injection, std::nullopt);
    if (!TRY(injection.finish(stopped))) ++tracee.refused_mappings;
    return Until::next_event;
  }
  return finish_call(stopped, tracee);
}

Result<Until> CallExit::finish_call(const Stopped& stopped, Tracee& tracee) {
  auto call = std::exchange(tracee.in_flight, std::nullopt);
  if (!call) return Until::next_event;
  for (const auto& [index, value] : call->changed) {
    if (!arch::holds_result(index))
      TRY(stopped.set_argument(*call->entry.abi, index, value));
  }
  if (!call->uncertain.empty()) TRY(repeat_if_linked(stopped, *call, map_));
  if (call->exec && TRY(stopped.call_result()) == -ENOENT) {
    InterpreterExec interpreter(*std::move(call->exec), std::move(call->slot));
    if (TRY(interpreter.begin(stopped, call->entry.arguments.front()))) {
      tracee.interpreter.emplace(std::move(interpreter));
      return Until::syscall_exit;
    }
  }
  return Until::next_event;
}

}  // namespace vfsrun::tracer
