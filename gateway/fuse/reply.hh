// SPDX-License-Identifier: GPL-2.0-or-later
// The answer to one request of the kernel. Moves with the work; one thread at
// a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "gateway/fs/filesystem.hh"
#include "gateway/fuse/lowlevel.hh"

namespace vfsrun::fuse {

/// Who owns the files of which the store does not say: the user that runs
/// the gateway.
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// An entry as the kernel takes it.
fuse_entry_param entry_of(const EntryReply& entry, const Owner& owner) noexcept;

/// Answers exactly once: with EIO when dropped without an answer. The calls
/// that hand something to the kernel tell whether it arrived: a program that
/// was killed meanwhile never learns of it.
class Reply {
 public:
  explicit Reply(fuse_req_t request) noexcept : request_(request) {}

  Reply(Reply&& other) noexcept
      : request_(std::exchange(other.request_, nullptr)) {}

  Reply& operator=(Reply&&) = delete;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  ~Reply() {
    if (request_ != nullptr) error(EIO);
  }

  /// 0: done, with nothing to hand over.
  void error(int code) noexcept;
  void nothing() noexcept;  ///< for FORGET, which has no answer
  bool entry(const EntryReply& entry, const Owner& owner) noexcept;
  void attributes(const NodeAttr& node, const Owner& owner) noexcept;
  bool opened(const fuse_file_info& info) noexcept;
  bool created(const EntryReply& entry, const Owner& owner,
               const fuse_file_info& info) noexcept;
  void written(std::size_t bytes) noexcept;
  bool data(std::span<const std::byte> bytes) noexcept;
  void link(const std::string& target) noexcept;
  /// Without `space` there is none: df leaves the mount out, and a program
  /// that asks for free space learns that there is none to write to.
  void statistics(const std::optional<StoreSpace>& space) noexcept;

  /// Somebody else answers.
  void release() noexcept { (void)take(); }

  /// For fuse_add_direntry() and the like.
  [[nodiscard]] fuse_req_t request() const noexcept { return request_; }

 private:
  fuse_req_t take() noexcept { return std::exchange(request_, nullptr); }

  fuse_req_t request_;
};

}  // namespace vfsrun::fuse
