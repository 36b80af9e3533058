// SPDX-License-Identifier: GPL-2.0-or-later
// One open() of a file that is changed in place, and what all opens of one
// such file share. Any thread, many at once. Knows no path and no FUSE.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "backends/live_tree.hh"
#include "gateway/base/clock.hh"
#include "gateway/cache/read_window.hh"
#include "gateway/fs/live_state.hh"
#include "gateway/fs/node_table.hh"
#include "gateway/fs/open_file.hh"
#include "gateway/fs/write_behind.hh"

namespace vfsrun {

class LiveOpen;

/// A file that somebody has open.
class LiveNode {
 public:
  LiveNode(NodePtr named, WriteBudget& budget)
      : node(std::move(named)), writes(std::make_shared<WriteBehind>(budget)) {}

  const NodePtr node;
  const std::shared_ptr<WriteBehind> writes;
  /// Written to since the server was last asked what the file is like.
  std::atomic<bool> dirty{false};

  void add(const std::shared_ptr<LiveOpen>& open);
  /// It is not to be used by others any more.
  void remove(const std::shared_ptr<LiveOpen>& open);
  /// One that may write, if there is one and it is asked for; else any.
  [[nodiscard]] std::shared_ptr<LiveOpen> some(bool writable);

  /// The length as far as we know it, with our own writes: where O_APPEND
  /// goes on. Nothing when it was asked for longer than `max_age` ago and
  /// nothing is in flight.
  [[nodiscard]] std::optional<std::uint64_t> length(
      Clock::TimePoint now, std::chrono::nanoseconds max_age);
  void set_length(std::uint64_t length, Clock::TimePoint now);
  void wrote_to(std::uint64_t end);

  /// The state that the file was in when it was last looked at; null while
  /// somebody writes.
  [[nodiscard]] LiveStatePtr state();
  void set_state(LiveStatePtr state);

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<LiveOpen>> opens_;
  std::uint64_t length_ = 0;
  std::optional<Clock::TimePoint> asked_;
  LiveStatePtr state_;
};

/// What reading needs of the gateway; all outlives it.
struct LiveReading {
  ReadAheadBudget& read_ahead;
  SharedCounters& counters;
  std::size_t parallel = 1;  ///< Backend::useful_reads
};

class LiveOpen final : public OpenFile {
 public:
  struct Traits {
    bool writable = false;
    bool appends = false;
    bool created = false;  ///< by this open: the file is surely our own
  };

  LiveOpen(std::shared_ptr<LiveNode> live, std::shared_ptr<LiveFile> file,
           Traits traits, const LiveReading& reading)
      : live_(std::move(live)),
        file_(std::move(file)),
        traits_(traits),
        reading_(reading),
        seen_(live_->writes->seen_so_far()) {}

  ~LiveOpen() override;

  /// Through the cache and ahead of a sequential reader while the file is in
  /// a state that is known; else from the server as it is now.
  Result<FileBytes> read(std::uint64_t offset, std::span<std::byte> room,
                         Call& call) override;

  /// Pages are of the node, which is the file.
  [[nodiscard]] bool shares_pages() const noexcept override { return true; }

  [[nodiscard]] LiveOpen* live() noexcept override { return this; }

  /// An error that came meanwhile is told instead, and nothing is written.
  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes,
                     Call& call);
  /// What the server has now, with all that was written before.
  Result<Attr> attributes(Call& call);
  /// In order with what is written. An error of a file that this open made is
  /// told later, but for a change of its length.
  Result<void> change(const AttrChange& change, Call& call);
  /// Waits until the server has acknowledged everything, through whichever
  /// open; tells what went wrong since the last time.
  Result<void> flush(Call& call);
  /// The same, and the server's own fsync.
  Result<void> sync(Call& call);

  /// True when bytes were fetched for the cache since the file was last
  /// looked at.
  [[nodiscard]] bool fetched() const noexcept { return fetched_; }

  /// Stops reading ahead and waits as flush() does: the file itself is closed
  /// with the last pointer to this.
  Result<void> end(Call& call);

  [[nodiscard]] LiveNode& shared() const noexcept { return *live_; }

  [[nodiscard]] const Traits& traits() const noexcept { return traits_; }

 private:
  Result<void> report();
  std::shared_ptr<ReadWindow> window();
  Result<FileBytes> read_now(ByteRange range, std::span<std::byte> room,
                             Call& call);

  const std::shared_ptr<LiveNode> live_;
  /// Fetches that others wait for too may outlive this.
  const std::shared_ptr<LiveFile> file_;
  const Traits traits_;
  const LiveReading reading_;
  std::mutex window_mutex_;
  LiveStatePtr window_state_;  ///< that window_ reads
  std::shared_ptr<ReadWindow> window_;
  std::mutex seen_mutex_;
  WriteBehind::Seen seen_;
  std::atomic<bool> fetched_{false};
};

}  // namespace vfsrun
