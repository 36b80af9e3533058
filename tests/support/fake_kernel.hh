// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's side of the FUSE protocol over a socket pair: no device, no
// root, no mount. Used by one thread; requests may be in flight together.
#pragma once

#include <linux/fuse.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/fd.hh"

namespace vfsrun::test {

/// What came back: 0 or a positive errno, and the body.
struct Answer {
  int error = 0;
  std::vector<std::byte> body;

  template <class T>
  [[nodiscard]] T as() const {
    T value{};
    std::memcpy(&value, body.data(), std::min(sizeof value, body.size()));
    return value;
  }

  [[nodiscard]] std::string text() const {
    return {reinterpret_cast<const char*>(body.data()), body.size()};
  }
};

class FakeKernel {
 public:
  static constexpr std::uint64_t root = FUSE_ROOT_ID;

  FakeKernel();

  /// The file system's end of the pair, once.
  Fd take_other_end();

  /// As when the mount goes away.
  void close() { socket_.reset(); }

  /// `who`: the thread id that requests carry from now on.
  void act_for(pid_t who) { thread_ = static_cast<std::uint32_t>(who); }

  fuse_init_out init(std::uint32_t flags, std::uint32_t flags2);

  /// Sends a request without waiting; its number.
  std::uint64_t send(fuse_opcode opcode, std::uint64_t node,
                     std::span<const std::byte> body);
  /// Waits for the answer, for ten seconds at most.
  Answer wait(std::uint64_t request);
  /// True when no answer to `request` has come yet.
  bool unanswered(std::uint64_t request);

  Answer ask(fuse_opcode opcode, std::uint64_t node,
             std::span<const std::byte> body) {
    return wait(send(opcode, node, body));
  }

  /// A structure and names behind it, each with its NUL.
  template <class T>
  static std::vector<std::byte> body_of(
      const T& head, std::initializer_list<std::string_view> names = {}) {
    std::vector<std::byte> body(sizeof head);
    std::memcpy(body.data(), &head, sizeof head);
    for (const std::string_view name : names) append(body, name);
    return body;
  }

  static std::vector<std::byte> names(
      std::initializer_list<std::string_view> names) {
    std::vector<std::byte> body;
    for (const std::string_view name : names) append(body, name);
    return body;
  }

  // The common ones.
  Answer lookup(std::uint64_t parent, std::string_view name) {
    return ask(FUSE_LOOKUP, parent, names({name}));
  }

  /// Walks `path` from the root; the last answer.
  Answer walk(std::string_view path);
  Answer open(std::uint64_t node, std::uint32_t flags);
  std::uint64_t send_read(std::uint64_t node, std::uint64_t handle,
                          std::uint64_t offset, std::uint32_t size);

  Answer read(std::uint64_t node, std::uint64_t handle, std::uint64_t offset,
              std::uint32_t size) {
    return wait(send_read(node, handle, offset, size));
  }

  /// The next notification (a message that answers nothing), for ten seconds
  /// at most: its code is in `error`.
  Answer notice();

  void interrupt(std::uint64_t request);
  void forget(std::uint64_t node, std::uint64_t lookups);

  /// open() without waiting.
  std::uint64_t send_open(std::uint64_t node, std::uint32_t flags);

 private:
  static void append(std::vector<std::byte>& body, std::string_view name);
  bool receive(int milliseconds);

  Fd socket_;
  Fd other_end_;
  std::uint64_t last_ = 0;
  std::uint32_t thread_ = 0;
  std::map<std::uint64_t, Answer> answers_;
  std::deque<Answer> notices_;
};

}  // namespace vfsrun::test
