// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun's command line. CLI11 is included in cli.cc only.
#pragma once

#include <string>
#include <vector>

#include "gateway/base/result.hh"

namespace vfsrun::tracer {

struct Options {
  bool help = false;
  bool version = false;
  bool verbose = false;
  bool stats = false;
  bool no_stub = false;         ///< without the fast path
  bool allow_io_uring = false;  ///< names opened through it are not mapped
  std::string log_file;
  std::vector<std::string> mounts;       ///< PATH=URL
  std::vector<std::string> mounts_dirs;  ///< directories like mounts.d
  std::vector<std::string> command;      ///< the program and its arguments
};

/// EINVAL with one line for people.
Result<Options> parse_options(int argc, const char* const* argv);

/// What --help prints: at most 24 lines of 80 columns.
std::string help_text();

}  // namespace vfsrun::tracer
