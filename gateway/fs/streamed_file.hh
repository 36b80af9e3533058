// SPDX-License-Identifier: GPL-2.0-or-later
// An open file whose length or version the server does not tell: one transfer
// of the whole body, read as it comes, seen by this open alone. Any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "gateway/fs/open_file.hh"

namespace vfsrun {

class StreamedFile final : public OpenFile {
 public:
  /// Starts the transfer into `content`, an empty growing file of its own.
  /// Past `limit` bytes the transfer fails with EFBIG.
  StreamedFile(const Place& place, std::shared_ptr<CachedFile> content,
               std::uint64_t limit);
  /// Ends the transfer and waits for it.
  ~StreamedFile() override;

  /// Waits until the whole body has come or `enough` bytes of it have: what
  /// was learnt of the whole, or nothing. The transfer's own error, when it
  /// failed before.
  Result<std::optional<Attr>> wait_for(std::uint64_t enough, Call& call);

  Result<FileBytes> read(std::uint64_t offset, std::span<std::byte> room,
                         Call& call) override;

  [[nodiscard]] bool shares_pages() const noexcept override { return false; }

  /// Hands all bytes to `into`, once wait_for() has seen the whole body.
  void copy_to(CachedFile& into);

 private:
  void transfer(const std::stop_token& stop, std::uint64_t limit);
  /// Until the body has `size` bytes or has ended.
  Result<void> wait(std::uint64_t size, Call& call);

  VPath path_;
  VPath inner_;
  Backend* backend_;
  std::shared_ptr<CachedFile> content_;

  std::mutex mutex_;
  std::condition_variable_any grown_;
  std::optional<Result<Attr>> end_;  ///< set when the transfer has ended
  std::uint64_t size_ = 0;           ///< bytes that have come
  std::jthread thread_;
};

}  // namespace vfsrun
