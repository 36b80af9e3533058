// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun-gateway's command line: arguments in, a value out. CLI11 is included
// in cli.cc only.
#pragma once

#include <sys/types.h>

#include <string>
#include <variant>
#include <vector>

#include "gateway/base/result.hh"

namespace vfsrun {

struct Options {
  enum class Command : std::uint8_t { mount, check, serve, cache };
  enum class CacheAction : std::uint8_t { ls, verify, pin, warm, drop, clear };

  Command command = Command::mount;
  std::string directory;                 ///< where to mount
  bool foreground = false;               ///< mount: stay
  bool debug = false;                    ///< mount: log each operation
  bool verbose = false;                  ///< log causes and retries
  std::string log_file;                  ///< instead of stderr
  std::vector<std::string> mounts_dirs;  ///< as --mounts gives them
  std::vector<std::string> specs;        ///< PATH=URL, as --mount gives them
  CacheAction cache_action = CacheAction::ls;
  std::vector<std::string> arguments;  ///< cache: urls and virtual paths
  bool undo = false;                   ///< cache pin: take back
  pid_t tracer = 0;                    ///< serve: whose tracees are ours too
};

/// Text to print instead of doing anything.
struct Show {
  std::string text;
};

/// EINVAL with one line for people.
Result<std::variant<Options, Show>> parse_arguments(int argc,
                                                    const char* const* argv);

}  // namespace vfsrun
