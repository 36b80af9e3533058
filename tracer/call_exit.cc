// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_exit.hh"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <climits>

#include "tracer/proc_links.hh"

namespace vfsrun::tracer {

namespace {

/// The same link as seen from our side: "self" is the traced thread.
std::optional<std::string> our_name_of(pid_t tid, const LinkResult& link) {
  std::string path = link.path;
  if (!path.starts_with('/')) {
    const auto directory = base_directory(tid, link.dirfd);
    if (!directory) return std::nullopt;
    if (path.empty()) return directory;
    path = *directory + "/" + path;
  }
  for (const char* self : {"/proc/self/", "/proc/thread-self/"}) {
    const std::string_view prefix(self);
    if (path.starts_with(prefix))
      return fmt::format("/proc/{}/{}", tid, path.substr(prefix.size()));
  }
  return path;
}

/// True when `text`, cut off or not, can be the beginning of a hidden name.
bool may_be_hidden(std::string_view text, std::string_view hidden) {
  const std::size_t common = std::min(text.size(), hidden.size());
  return text.substr(0, common) == hidden.substr(0, common);
}

Result<void> map_link(const Stopped& stopped, const LinkResult& link,
                      const PathMap& map) {
  const long result = TRY(stopped.call_result());
  if (result <= 0 || result > PATH_MAX) return {};
  std::string text(static_cast<std::size_t>(result), '\0');
  TRY(read_memory(stopped.tid(), link.buffer,
                  std::as_writable_bytes(std::span(text))));
  if (!may_be_hidden(text, map.hidden())) return {};
  if (text.size() == link.size) {
    // Perhaps cut off: then there may be room for more of the virtual name.
    const auto ours = our_name_of(stopped.tid(), link);
    if (auto whole = ours ? read_link(*ours) : std::nullopt)
      text = *std::move(whole);
  }
  auto name = map.to_virtual(text);
  if (!name) return {};
  name->resize(std::min<std::size_t>(name->size(), link.size));
  TRY(write_memory(stopped.tid(), link.buffer,
                   std::as_bytes(std::span(*name))));
  return stopped.set_call_result(static_cast<long>(name->size()));
}

/// The failed call itself has filled the kernel's caches, so now it can be
/// told whether a link on the way leads into the tree. If so, the thread
/// makes the call once more, and this time it is rewritten.
Result<void> repeat_if_linked(const Stopped& stopped, const CallInFlight& call,
                              const PathMap& map) {
  const long result = TRY(stopped.call_result());
  if (result != -ENOENT && result != -ENOTDIR && result != -ELOOP) return {};
  for (const UncertainName& name : call.uncertain) {
    const auto answer = follow_local_links(name.path, name.last, map);
    if (answer.kind == LinkAnswer::Kind::into_tree)
      return stopped.set_registers(arch::before_call(TRY(stopped.registers())));
  }
  return {};
}

}  // namespace

Result<Until> finish_call(const Stopped& stopped, Tracee& tracee,
                          const PathMap& map) {
  if (tracee.listing) {
    const ListingCall call = *std::exchange(tracee.listing, std::nullopt);
    tracee.listing = TRY(continue_listing(stopped, call));
    return tracee.listing ? Until::syscall_exit : Until::next_event;
  }
  if (tracee.interpreter) {
    if (TRY(tracee.interpreter->advance(stopped, map)))
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
  if (!tracee.in_flight) return Until::next_event;
  auto call = std::exchange(tracee.in_flight, std::nullopt);
  for (const auto& [index, value] : call->changed)
    TRY(stopped.set_argument(*call->abi, index, value));
  if (call->link) TRY(map_link(stopped, *call->link, map));
  if (!call->uncertain.empty()) TRY(repeat_if_linked(stopped, *call, map));
  if (call->exec && TRY(stopped.call_result()) == -ENOENT) {
    InterpreterExec interpreter(*std::move(call->exec), std::move(call->slot));
    if (TRY(interpreter.begin(stopped))) {
      tracee.interpreter.emplace(std::move(interpreter));
      return Until::syscall_exit;
    }
  }
  return Until::next_event;
}

}  // namespace vfsrun::tracer
