// SPDX-License-Identifier: GPL-2.0-or-later
// There is no fast path for this machine: nothing is patched, every path call
// stops. README.md says what it would look like.
#include "tracer/stub/code.hh"
#include "tracer/stub/patcher.hh"

namespace vfsrun::tracer::stub {

bool has_stub(const SyscallRule& /*rule*/) { return false; }

StubPatcher::StubPatcher(const ImageOptions& /*options*/, Programs programs,
                         TracerStats& stats)
    : programs_(std::move(programs)), stats_(stats) {}

void StubPatcher::on_exec(const Stopped&, ProgramNotes&) {}

void StubPatcher::on_call(const Stopped&, ProgramNotes&, const SyscallEntry&,
                          const SyscallRule&) {}

void StubPatcher::on_fork(const Stopped&, ProgramNotes&) {}

bool StubPatcher::on_signal(const Stopped&, int) { return false; }

void StubPatcher::on_fixed_mapping(const Stopped&, std::uint64_t,
                                   std::uint64_t) const {}

bool StubPatcher::count_saved(pid_t) const { return false; }

void StubPatcher::forget_saved(pid_t) {}

void StubPatcher::on_own_filter(const Stopped&, ProgramNotes&) {}

void StubPatcher::tell_all(std::size_t) {}

}  // namespace vfsrun::tracer::stub
