// SPDX-License-Identifier: GPL-2.0-or-later
// Threads for memory accesses that may have to wait for a file system, so
// that the event loop never does.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/result.hh"
#include "tracer/remote_memory.hh"

namespace vfsrun::tracer {

/// One access: writes `text` where it is given, else reads.
struct MemoryJob {
  pid_t tid = -1;
  RemoteAddress address{};
  std::size_t size = 0;  ///< bytes to read; 0: a NUL-terminated string
  std::optional<std::string> text;
};

struct MemoryAnswer {
  MemoryJob job;
  Result<std::string> result;  ///< what was read; empty after a write
};

/// For the event loop's thread. Jobs run on threads of the worker's own, one
/// each up to a bound, so that one that waits on a hung server holds up no
/// other. Those threads are never joined: the tracer ends by _exit(2).
class MemoryWorker {
 public:
  static Result<MemoryWorker> create();

  void submit(MemoryJob job);

  /// Readable when answers wait.
  [[nodiscard]] int wake_fd() const noexcept;

  std::vector<MemoryAnswer> take_answers();

 private:
  struct Shared;

  explicit MemoryWorker(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)) {}

  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace vfsrun::tracer
