// SPDX-License-Identifier: GPL-2.0-or-later
// What the tracer remembers of each thread from one stop to the next, and
// which threads there are. For the tracer's one thread.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/base/announce_slots.hh"
#include "tracer/call_slots.hh"
#include "tracer/interpreter_exec.hh"
#include "tracer/listing.hh"
#include "tracer/local_links.hh"
#include "tracer/remote_memory.hh"
#include "tracer/scratch.hh"
#include "tracer/stopped.hh"
#include "tracer/stub/patcher.hh"
#include "tracer/syscall_table.hh"

namespace vfsrun::tracer {

/// A string argument that was read for the thread while it waited.
struct FetchedString {
  RemoteAddress address{};
  std::size_t size = 0;  ///< as MemoryJob has it
  Result<std::string> text;
};

/// Directory parts published while a call is in flight; taken back when
/// dropped.
class Announcement {
 public:
  Announcement(AnnounceSlots& slots, std::size_t index,
               std::string_view directory)
      : slots_(&slots), index_(index) {
    slots.announce(index, directory);
  }

  Announcement(Announcement&& other) noexcept
      : slots_(std::exchange(other.slots_, nullptr)), index_(other.index_) {}

  Announcement& operator=(Announcement&& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(index_, other.index_);
    return *this;
  }

  Announcement(const Announcement&) = delete;
  Announcement& operator=(const Announcement&) = delete;

  ~Announcement() {
    if (slots_ != nullptr) slots_->clear(index_);
  }

 private:
  AnnounceSlots* slots_;
  std::size_t index_;
};

/// A readlink call whose result may be a name that has to be mapped back: the
/// kernel writes to a room of ours, and the program gets what it should see.
struct LinkResult {
  RemoteAddress buffer{};  ///< the program's own
  std::uint64_t size = 0;
  RemoteAddress room{};  ///< where the kernel writes
};

/// A message of sendmmsg(2) that the kernel got to see in a copy: the length
/// that it writes there belongs into the program's own.
struct SentLength {
  RemoteAddress copy{};
  RemoteAddress own{};
};

/// A call between its entry and its exit stop.
struct CallInFlight {
  struct Argument {
    int index;
    std::uint64_t value;  ///< the program's own
  };

  SyscallEntry entry;                    ///< as the program made it
  std::optional<CallSlots::Lease> slot;  ///< none where no path is written
  std::vector<Argument> changed;
  std::vector<Argument> rooms;  ///< what the kernel gets to see instead
  std::vector<Announcement> announcements;
  std::optional<LinkResult> link;
  std::optional<SentLength> sent;
  std::vector<UncertainName> uncertain;
  std::optional<ExecAttempt> exec;  ///< an execve or execveat
};

/// What a call answers once bytes have been written for it.
struct PendingReply {
  long result = 0;
  /// A directory reader's new position.
  std::optional<std::int64_t> seek_to;
};

struct Tracee {
  explicit Tracee(pid_t id) : tid(id) {}

  pid_t tid;
  bool wants_gateway = false;  ///< whatever its next call says
  bool known = false;          ///< the parent's event for it has come
  std::optional<CallInFlight> in_flight;
  std::optional<ListingCall> listing;
  std::optional<InterpreterExec> interpreter;
  std::optional<PendingReply> reply;
  std::optional<scratch::Injection> injection;
  /// Attempts at the scratch region that the kernel refused.
  int refused_mappings = 0;
  std::vector<FetchedString> fetched;
  stub::ProgramNotes stub_notes;
};

/// All threads that are traced, by thread id.
class TraceeTable {
 public:
  /// Finds or adds: the first stop of a thread and its parent's event come
  /// in either order.
  Tracee& at(pid_t tid);
  /// False when the thread's parent has not told of it yet.
  bool remove(pid_t tid);

  /// An execve by a thread that was not the leader: the thread takes over
  /// the leader's id and its own is gone (ptrace(2), "execve(2) under
  /// ptrace").
  Tracee& rename(pid_t from, pid_t to);

  [[nodiscard]] std::vector<pid_t> tids() const;

  [[nodiscard]] bool contains(pid_t tid) const {
    return tracees_.contains(tid);
  }

  [[nodiscard]] std::size_t size() const noexcept { return tracees_.size(); }

 private:
  std::unordered_map<pid_t, Tracee> tracees_;
};

}  // namespace vfsrun::tracer
