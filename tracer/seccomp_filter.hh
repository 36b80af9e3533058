// SPDX-License-Identifier: GPL-2.0-or-later
// The BPF program that stops a process at the calls of the syscall table and
// nowhere else, made from that table.
#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "gateway/base/result.hh"
#include "tracer/syscall_table.hh"

namespace vfsrun::tracer {

/// Calls for which the caller wants another verdict than the table's.
struct FilterOptions {
  bool allow_io_uring = false;
  /// An ordinary user's tracer needs its tracees dumpable (prctl(2)).
  bool keep_dumpable = true;
  /// Calls made by stubs at their trusted address pass (stub/layout.hh).
  bool trust_stubs = false;
};

/// Rows of the tables give SECCOMP_RET_TRACE or their verdict, x32 calls
/// ENOSYS, everything else passes. Where no row asks for arguments it decides
/// by architecture and number alone, so that the kernel keeps its verdicts in
/// a bitmap (Linux 5.11) and runs no filter for other calls. Pure.
std::vector<sock_filter> make_filter(std::span<const SyscallTable> tables,
                                     const FilterOptions& options);

/// Loads the filter into the calling thread for good; children and programs
/// executed inherit it. Sets no_new_privs only where the caller lacks
/// CAP_SYS_ADMIN (seccomp(2)).
Result<void> load_filter(std::span<const sock_filter> filter);

}  // namespace vfsrun::tracer
