// SPDX-License-Identifier: GPL-2.0-or-later
// The log of one process: levels, stderr and file (spdlog, seen in log.cc
// only). Any thread may write; configure() runs before threads start. This
// is the one thing that is reached process-wide instead of being passed.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hh"

namespace vfsrun::log {

enum class Level : std::uint8_t { trace, debug, info, warn, error, off };

struct Options {
  std::string program;        ///< begins each line on stderr
  Level level = Level::warn;  ///< what is written at all
  std::string file;           ///< if set, lines go there instead of stderr
};

/// Fails when the file cannot be opened for appending.
Result<void> configure(const Options& options);

[[nodiscard]] bool enabled(Level level) noexcept;

/// One line. Control characters are escaped: names come from servers.
void write(Level level, std::string_view line);

/// From now on nothing goes to stderr: the main program has ended and its
/// terminal is no longer ours. Lines for a file go on.
void leave_stderr();

}  // namespace vfsrun::log

/// LOG(warn, "{}: {}", host, cause): formatted only where the level is on.
#define LOG(level, ...)                                      \
  do {                                                       \
    if (::vfsrun::log::enabled(::vfsrun::log::Level::level)) \
      ::vfsrun::log::write(::vfsrun::log::Level::level,      \
                           ::fmt::format(__VA_ARGS__));      \
  } while (false)
