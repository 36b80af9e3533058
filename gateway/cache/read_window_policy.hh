// SPDX-License-Identifier: GPL-2.0-or-later
// When to read ahead and how far, for one open file. Pure; whoever owns one
// guards it.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/backend.hh"

namespace vfsrun {

/// The kernel keeps only two READs of 128 KiB in flight for a file, so over a
/// long line the gateway asks for more by itself: four times what was read in
/// a row, in requests of their own. Whoever stops early or jumps about has
/// then cost at most that.
class ReadWindowPolicy {
 public:
  /// From the start of a file, as soon as a READ needs a request. The 128 KiB
  /// are the READ that is answered from it.
  static constexpr std::uint64_t first_window = (1024ULL + 128) * 1024;
  static constexpr std::uint64_t largest_window = 32ULL * 1024 * 1024;
  static constexpr std::uint64_t growth = 4;
  static constexpr std::uint64_t smallest_part = first_window;
  /// READs of one sequential reader come out of order by as much.
  static constexpr std::uint64_t backward_slack = 1024ULL * 1024;
  static constexpr std::uint64_t forward_slack = 512ULL * 1024;

  /// `parallel`: how many requests at once still make a file come faster.
  /// With one a second one stands ready behind it.
  explicit ReadWindowPolicy(std::size_t parallel) noexcept
      : parts_(parallel < 2 ? 2 : parallel) {}

  struct Plan {
    /// The reader went elsewhere: what was fetched ahead is not wanted.
    bool jumped = false;
    /// What to fetch now, in order; may contain the READ itself.
    std::vector<ByteRange> fetch;
  };

  /// A program reads `read` of a file of `size` bytes. `at_hand`: it needs no
  /// request. At most `room` bytes are asked for.
  Plan on_read(ByteRange read, std::uint64_t size, bool at_hand,
               std::uint64_t room);

  /// All before this has been read, or was jumped over.
  [[nodiscard]] std::uint64_t position() const noexcept { return next_; }

  [[nodiscard]] std::uint64_t window() const noexcept;

 private:
  bool continues(ByteRange read) noexcept;

  std::uint64_t parts_;  ///< requests that the window is cut into
  bool started_ = false;
  bool asked_ = false;  ///< something was asked for in this run
  std::uint64_t run_start_ = 0;
  std::uint64_t next_ = 0;   ///< where the reader is expected to go on
  std::uint64_t ahead_ = 0;  ///< end of what was asked for so far
};

}  // namespace vfsrun
