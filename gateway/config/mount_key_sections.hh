// SPDX-License-Identifier: GPL-2.0-or-later
// The parts that mount_keys.cc joins: one function and one .cc for each
// section of a mounts.d file. Constants and pure functions; any thread.
#pragma once

#include <span>

#include "gateway/config/mount_keys.hh"

namespace vfsrun::mount_file {

std::span<const KeyRule> general_keys() noexcept;  // mount_keys_general.cc
std::span<const KeyRule> cache_keys() noexcept;    // mount_keys_cache.cc
std::span<const KeyRule> http_keys() noexcept;     // mount_keys_http.cc
std::span<const KeyRule> sftp_keys() noexcept;     // mount_keys_sftp.cc

Result<void> check_http(const Mount& mount);
Result<void> check_sftp(const Mount& mount);

}  // namespace vfsrun::mount_file
