// SPDX-License-Identifier: GPL-2.0-or-later
// Real directories that hold virtual roots ("/", and "/data" for a mount at
// /data/genomes) list these too, after their real entries. For the tracer's
// one thread.
//
// Where a reader stands is kept where the kernel keeps it, in the open file's
// position, so that dup, fork, rewinddir and seekdir need no care: positions
// from `first_position` on, which no real entry has, number the virtual
// entries. When the real ones are at their end, an lseek(2) put in the place
// of the program's call moves the reader there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/mount_table.hh"
#include "tracer/stopped.hh"
#include "tracer/stub/layout.hh"

namespace vfsrun::tracer {

/// The virtual names to show in local directories. Immutable.
class ListingNames {
 public:
  /// Only ancestors of mounts that exist locally are of interest.
  explicit ListingNames(const MountTable& mounts);

  /// Names to add to a directory, without those that really exist in it now;
  /// nothing when none ever is.
  [[nodiscard]] std::optional<std::vector<std::string>> missing_in(
      const std::string& directory) const;

  /// The directories that there are names for, as stat(2) knows them.
  [[nodiscard]] std::vector<stub::StubHead::Directory> directories() const;

 private:
  std::map<std::string, std::vector<std::string>> names_;
};

constexpr std::int64_t first_position = INT64_MAX - 0x1000;

/// linux_dirent64 records (getdents(2)) for names[from…], as many as fit.
struct ListingPart {
  std::string bytes;
  std::int64_t next_position = first_position;
};

ListingPart make_listing(const std::vector<std::string>& names,
                         std::size_t from, std::uint64_t size);

/// Offset of an open file, from proc(5)'s fdinfo.
std::optional<std::int64_t> file_position(pid_t tid, int fd);

/// A getdents64 call that takes a detour.
struct ListingCall {
  enum class Step : std::uint8_t {
    read,        ///< the kernel's own call: is it at the end?
    seek_entry,  ///< lseek to the first virtual entry begins
    seek_exit,   ///< … ends: then the program's call comes again
    answer,      ///< lseek past the entries that were given
  };

  Step step = Step::read;
  const arch::Abi* abi = nullptr;
  arch::Registers saved{};  ///< at the entry of the program's call
  long result = 0;          ///< of the program's call, once answered
};

/// Puts lseek(fd, position, SEEK_SET) in the place of the call at a
/// seccomp-stop.
Result<void> seek_instead(const Stopped& stopped, const ListingCall& call,
                          std::int64_t position);

/// At a syscall stop of such a call: what to do next, or nothing when it is
/// done and the thread may go on.
Result<std::optional<ListingCall>> continue_listing(const Stopped& stopped,
                                                    ListingCall call);

}  // namespace vfsrun::tracer
