// SPDX-License-Identifier: GPL-2.0-or-later
// The composition root: makes all parts of a gateway in order, runs it until
// it is told to end, and takes it down. Used by one thread, before the
// process has any other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/announce_slots.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/shared_counters.hh"

namespace vfsrun {

struct GatewaySettings {
  std::string mountpoint;  ///< absolute
  MountTable mounts;
  bool trace = false;  ///< a log line for each operation
  pid_t tracer = 0;    ///< 0: mounted alone
  /// What the tracer shares; without one there are no announcements, and the
  /// counters are the gateway's own.
  std::optional<AnnounceSlots> announced;
  std::optional<SharedCounters> counters;
  /// A pipe from the tracer: see gateway_protocol.hh.
  Fd control;
};

class Gateway {
 public:
  /// Mounts. From then on programs may use the mount, but wait until run().
  /// The error's detail is one line for people.
  static Result<std::unique_ptr<Gateway>> create(GatewaySettings settings);

  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway();

  /// Serves until SIGINT, SIGTERM or SIGHUP, the end of file of the control
  /// pipe, or somebody's unmounting. Afterwards nothing is mounted. When
  /// something still hangs that cannot be waited for, the process is ended
  /// here, with status 0.
  Result<void> run();

 private:
  struct Parts;

  explicit Gateway(std::unique_ptr<Parts> parts) noexcept;

  std::unique_ptr<Parts> parts_;
};

}  // namespace vfsrun
