// SPDX-License-Identifier: GPL-2.0-or-later
// Which of the program's names lie in the virtual tree: pure text work, with
// the two questions that only a live system answers passed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/vpath.hh"

namespace vfsrun::tracer {

/// What the kernel shall get to see in place of a name.
struct Mapping {
  enum class Kind : std::uint8_t {
    unchanged,  ///< the program's own text
    local,      ///< `path`, outside the tree (it climbed out of it by "..")
    in_tree,    ///< `path` below the hidden mount point
  };

  Kind kind = Kind::unchanged;
  std::string path;
  /// Canonical virtual path of the directory that the name's last component
  /// is looked up in; empty where the name is not in the tree.
  std::string directory;
};

/// The directory that a relative name starts at, as the kernel names it
/// (readlink of /proc/tid/cwd or fd/N); nothing when that is not known.
using BaseDirectory = std::function<std::optional<std::string>()>;
/// realpath(3) of a local directory; nothing when there is none.
using LocalRealpath =
    std::function<std::optional<std::string>(const std::string&)>;

/// The one mapping rule: hidden mount point + virtual path. For one thread.
class PathMap {
 public:
  PathMap(std::vector<VPath> roots, LocalRealpath realpath);

  /// Names the hidden mount point, a canonical path, once it exists. Until
  /// then no process can stand inside the tree.
  void set_hidden(std::string hidden) { hidden_ = std::move(hidden); }

  [[nodiscard]] const std::string& hidden() const noexcept { return hidden_; }

  [[nodiscard]] const std::vector<VPath>& roots() const noexcept {
    return roots_;
  }

  /// Bytes in, bytes out: trailing "/" and "/." stay. `Mapping::path` of an
  /// in_tree name is the virtual path; to_hidden() makes it the kernel's.
  [[nodiscard]] Mapping map(std::string_view path,
                            const BaseDirectory& base) const;

  [[nodiscard]] std::string to_hidden(std::string_view virtual_path) const;

  /// The virtual name of a path that the kernel gave (getcwd, readlink), or
  /// nothing when it does not lie below the hidden mount point.
  [[nodiscard]] std::optional<std::string> to_virtual(
      std::string_view kernel_path) const;

  /// True when `path`, absolute or relative, could lead into the tree from a
  /// local directory: it contains some root's last component. A superset.
  [[nodiscard]] bool mentions_root(std::string_view path) const noexcept;

 private:
  class Walk;

  [[nodiscard]] bool is_root(std::string_view path) const noexcept;
  [[nodiscard]] bool in_tree(std::string_view path) const noexcept;

  std::vector<VPath> roots_;
  LocalRealpath realpath_;
  std::string hidden_;
};

}  // namespace vfsrun::tracer
