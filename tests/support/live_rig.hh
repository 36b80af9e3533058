// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway's parts over a store that is changed in place, and short words
// for operations. Header only: for the tests of gateway/, which link it.
#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/gateway_rig.hh"

namespace vfsrun::test {

template <class T>
int code(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// A rig with /live mounted read-write, and short words for operations.
class LiveRig : public GatewayRig {
 public:
  LiveRig() : GatewayRig(RootDir::Unknown::absent, Live::yes) {}

  Filesystem& fs() { return filesystem(); }

  Ino node(std::string_view path) { return lookup(path).value().ino; }

  Result<Filesystem::Created> create(std::string_view name,
                                     int flags = O_RDWR | O_EXCL,
                                     mode_t mode = 0644) {
    return fs().create(node("/live"), name, flags, mode, call);
  }

  Result<void> write(std::uint64_t handle, std::uint64_t offset,
                     std::string_view text) {
    return fs().write(handle, offset, bytes(text), Filesystem::Where::as_opened,
                      call);
  }

  Result<void> close(std::uint64_t handle) {
    const Result<void> done = fs().flush(handle, call);
    fs().release(handle);
    return done;
  }

  Result<NodeAttr> stat(std::string_view path) {
    const EntryReply entry = TRY(lookup(path));
    return fs().attributes(entry.ino, call);
  }

  std::vector<std::string> names(std::string_view path) {
    const std::uint64_t handle = fs().open_directory(node(path), call).value();
    std::vector<std::string> found;
    for (const auto& name : fs().directory(handle).value()->names)
      if (!name.name.starts_with(".")) found.push_back(name.name);
    fs().release_directory(handle);
    return found;
  }

  Call call;
};

}  // namespace vfsrun::test
