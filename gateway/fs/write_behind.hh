// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of one live file that are on their way to the server, through
// whichever open: their order, and what became of them. Any thread. Knows no
// path, no node and no FUSE; the server is somebody else's LiveFile.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "backends/live_tree.hh"
#include "gateway/fs/write_budget.hh"

namespace vfsrun {

/// Bytes that the server never acknowledged.
struct LostBytes {
  std::uint64_t offset = 0;
  std::vector<std::byte> bytes;
};

class WriteBehind : public std::enable_shared_from_this<WriteBehind> {
 public:
  /// In flight for one file: enough to fill a line of 1 Gbit/s with 100 ms.
  static constexpr std::uint64_t window = 16ULL * 1024 * 1024;
  static constexpr std::size_t requests = 1024;

  /// Outlived by `budget`.
  explicit WriteBehind(WriteBudget& budget) noexcept : budget_(budget) {}

  /// What one open has been told of errors: each open is told once.
  using Seen = std::uint64_t;
  [[nodiscard]] Seen seen_so_far();

  /// Takes a copy of `bytes` and starts to write it through `file`. Waits for
  /// room, and for overlapping bytes that are on their way through another
  /// open. `file` lives until nothing of it is in flight.
  Result<void> write(LiveFile& file, std::uint64_t offset,
                     std::span<const std::byte> bytes, Call& call);
  /// The same for attributes of a file that this open has created: an error
  /// is told later.
  void change(LiveFile& file, const AttrChange& change);

  /// Until nothing of `range` is in flight through any other open than
  /// `through`; what went through that one, the server keeps in order.
  Result<void> settle(const LiveFile* through, ByteRange range, Call& call);
  /// Until nothing is in flight.
  Result<void> drain(Call& call);
  /// True while something is in flight.
  [[nodiscard]] bool busy();
  /// The end of the last byte in flight, 0 without any.
  [[nodiscard]] std::uint64_t end();

  /// What went wrong since `seen`, which follows. What a server refused is
  /// its own errno (ENOSPC, EACCES, EDQUOT); EIO where it never answered.
  Result<void> report(Seen& seen);

  /// What never reached the server, once; and what is still in flight, as it
  /// would be lost if the gateway ended now.
  [[nodiscard]] std::vector<LostBytes> take_lost();
  [[nodiscard]] std::vector<LostBytes> in_flight();

 private:
  struct Request {
    const LiveFile* through = nullptr;
    ByteRange range;  // empty for a change of attributes
    std::vector<std::byte> bytes;
  };

  using Requests = std::list<Request>;

  Requests::iterator add(std::unique_lock<std::mutex>& lock, Request request);
  LiveFile::Done done(Requests::iterator request);
  void ended(Requests::iterator request, const Result<void>& result);

  WriteBudget& budget_;
  std::mutex starting_;  // before mutex_: requests start in order
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Requests requests_;
  std::uint64_t bytes_ = 0;  // in flight
  std::vector<LostBytes> lost_;
  Seen errors_ = 0;  // how many there have been
  Error last_error_;
};

/// True where nobody knows whether the bytes arrived; false where the server
/// refused them for a reason that it told.
[[nodiscard]] bool is_loss(const Error& error) noexcept;

}  // namespace vfsrun
