// SPDX-License-Identifier: GPL-2.0-or-later
// What can be known, cheaply and before anything starts, to stand in the
// way; and what a refused start means in plain words.
#pragma once

#include "gateway/base/result.hh"

namespace vfsrun::tracer {

/// /dev/fuse and fusermount3. The error says what is wrong and what to do.
Result<void> check_fuse();

/// The sentence for a start that failed with `error` (ptrace or seccomp).
std::string explain_start_failure(const Error& error);

}  // namespace vfsrun::tracer
