// SPDX-License-Identifier: GPL-2.0-or-later
// The fast path's half in the tracer: gives programs their stub region,
// patches the sites that they stop at, and sets threads right that a signal
// finds in the region. For the tracer's one thread; never waits. Whatever it
// cannot do leaves the program stopping as before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tracer/stopped.hh"
#include "tracer/stub/book.hh"
#include "tracer/stub/code.hh"
#include "tracer/stub/memory.hh"
#include "tracer/tracer_stats.hh"

namespace vfsrun::tracer::stub {

/// What is remembered of a program with each of its threads.
struct ProgramNotes {
  /// It filters calls itself: none may be put in, here or after an exec.
  bool own_filter = false;
  /// Addresses of sites that are no use to look at again.
  std::vector<std::uint64_t> refused;

  /// A library of the book, and how many of its sites were patched.
  struct Applied {
    std::size_t library;
    std::uint64_t start;
    std::size_t sites;
  };

  std::vector<Applied> applied;
};

class StubPatcher {
 public:
  /// One thread of each program that runs; several of one do no harm.
  using Programs = std::function<std::vector<pid_t>()>;

  /// `stats` outlives it.
  StubPatcher(const ImageOptions& options, Programs programs,
              TracerStats& stats);

  /// At an exec event, before the first instruction of the new program.
  void on_exec(const Stopped& stopped, ProgramNotes& notes);

  /// At a seccomp-stop, before anything else looks at the registers.
  void on_call(const Stopped& stopped, ProgramNotes& notes,
               const SyscallEntry& entry, const SyscallRule& rule);

  /// At a fork event: the child begins with all that is known by now.
  void on_fork(const Stopped& stopped, ProgramNotes& notes);

  /// At a signal-delivery-stop. True: the signal was the region's doing and
  /// the program must not see it. Else the thread does not stand in the
  /// region any more.
  bool on_signal(const Stopped& stopped, int signal);

  /// The program is about to map `size` bytes at a fixed `address`: if that
  /// is its region, its sites are put back as they were before. A thread that
  /// is in a stub at this instant is lost.
  void on_fixed_mapping(const Stopped& stopped, std::uint64_t address,
                        std::uint64_t size) const;

  /// Adds the calls that a program has saved to the statistics and begins anew
  /// in it. What a program saves before it executes another one is lost, so
  /// that the sum is a lower bound. False where there is no region.
  bool count_saved(pid_t tid) const;
  static void forget_saved(pid_t tid);

  /// The program is about to load a filter of its own.
  void on_own_filter(const Stopped& stopped, ProgramNotes& notes);

  /// From now on some process may have its working directory in the tree.
  void tree_in_use() { tell_all(offsetof(StubHead, in_use)); }

  /// From now on some process may be between virtual names of a directory.
  void names_listed() { tell_all(offsetof(StubHead, listed)); }

 private:
  struct NewSite {
    std::uint64_t address;
    const SyscallRule* rule;
    Site form;
  };

  /// Stubs that stand one behind the other, and where the sites jump to.
  struct Batch {
    std::string code;
    std::vector<std::uint64_t> slots;
  };

  static Result<Batch> make_batch(std::uint64_t base, std::uint64_t next_stub,
                                  const std::vector<NewSite>& sites);
  void write_jumps(const CodeMemory& memory, const std::vector<NewSite>& sites,
                   const Batch& batch, bool alone);
  Result<void> patch(const CodeMemory& memory, std::uint64_t base,
                     std::uint64_t next_stub,
                     const std::vector<NewSite>& sites);
  [[nodiscard]] std::vector<NewSite> known_sites(pid_t tid, ProgramNotes& notes,
                                                 SiteBook::Hit hit) const;
  void patch_site(const Stopped& stopped, ProgramNotes& notes,
                  const SyscallEntry& entry, const SyscallRule& rule);
  static void extend_chain(const Stopped& stopped, const SyscallEntry& entry,
                           const SyscallRule& rule, std::uint64_t last);
  void tell_all(std::size_t flag);
  void refuse(ProgramNotes& notes, std::uint64_t site, std::uint64_t& why);

  std::string image_;
  Programs programs_;
  SiteBook book_;
  TracerStats& stats_;
};

}  // namespace vfsrun::tracer::stub
