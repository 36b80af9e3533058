// SPDX-License-Identifier: GPL-2.0-or-later
// What a virtual path is before any server is asked: inside a mount, or one
// of the directories that exist only because a mount lies below. Immutable;
// any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hh"
#include "gateway/base/mount_table.hh"
#include "gateway/base/vpath.hh"

namespace vfsrun {

/// A mount with the backend that serves it.
struct Mounted {
  Mount mount;
  std::unique_ptr<Backend> backend;
};

struct Place {
  VPath path;                        ///< whole virtual path
  const Mounted* mounted = nullptr;  ///< null: above all mounts
  VPath inner;                       ///< path within the mount
  /// A directory whatever servers say: a mount's root, or on the way to one.
  bool fixed = false;

  /// The mount's own root, as far as `path` lies in one.
  [[nodiscard]] const VPath& root() const { return mounted->mount.path; }

  /// Of what lies in a mount.
  [[nodiscard]] std::string url() const;
};

class RootDir {
 public:
  /// What unknown names in the directories above mounts are: nothing, or
  /// symlinks to the same path of the host, so that a program that climbs out
  /// of a mount by ".." finds what it would have found natively.
  enum class Unknown : std::uint8_t { absent, link_to_host };

  RootDir(std::vector<Mounted> mounts, Unknown unknown);

  [[nodiscard]] Place place(const VPath& path) const;
  /// Names that mounts add to the directory `path`.
  [[nodiscard]] std::vector<DirEntry> names_below(const VPath& path) const;

  [[nodiscard]] bool links_to_host() const noexcept {
    return unknown_ == Unknown::link_to_host;
  }

 private:
  MountTable table_;
  std::vector<Mounted> mounts_;
  Unknown unknown_;
};

}  // namespace vfsrun
