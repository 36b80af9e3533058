// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes of a file where they lie: in the reader's own room, or in a mapping
// of the cache's. One thread's at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace vfsrun {

/// Bytes of a mapping are for the kernel only: a program that touches them
/// dies of SIGBUS where the file was cut meanwhile, a system call fails with
/// EFAULT.
struct FileBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> mapping = nullptr;  ///< null: reader's room
};

}  // namespace vfsrun
