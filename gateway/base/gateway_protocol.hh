// SPDX-License-Identifier: GPL-2.0-or-later
// How the tracer starts the gateway: `vfsrun-gateway serve MOUNTPOINT` with
// these descriptors and nothing else inherited. Shared by both sides.
#pragma once

namespace vfsrun::gateway_protocol {

constexpr int table_fd = 3;     ///< memfd: the mount table as TOML
constexpr int announce_fd = 4;  ///< memfd of AnnounceSlots
constexpr int counters_fd = 5;  ///< memfd of SharedCounters
/// Pipe, read end. A byte 'q': the main program has ended, leave stderr.
/// End of file: the tracer is gone or done; unmount and end.
constexpr int control_fd = 6;
/// Pipe, write end. "ok\n" once mounted, else one line that says what is
/// wrong and what to do; then closed.
constexpr int ready_fd = 7;

}  // namespace vfsrun::gateway_protocol
