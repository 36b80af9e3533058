// SPDX-License-Identifier: GPL-2.0-or-later
// A directory of a test's own, gone when it ends.
#pragma once

#include <boost/filesystem/path.hpp>
#include <string>
#include <string_view>

namespace vfsrun::test {

class TempDir {
 public:
  /// Below $TMPDIR or /tmp, mode 0700. Throws when it cannot be made.
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const boost::filesystem::path& path() const noexcept {
    return path_;
  }

  /// Writes a file, making the directories above it; gives its path.
  boost::filesystem::path write(std::string_view name,
                                std::string_view text) const;

 private:
  boost::filesystem::path path_;
};

/// Sets an environment variable for a scope, or unsets it (null). For tests
/// of one thread.
class ScopedEnv {
 public:
  ScopedEnv(const char* name, const char* value);
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;
  ~ScopedEnv();

 private:
  const char* name_;
  bool was_set_;
  std::string before_;
};

}  // namespace vfsrun::test
