// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/cli.hh"

#include <CLI/CLI.hpp>

namespace vfsrun::tracer {

Result<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app;
  app.set_help_flag();
  app.prefix_command();  // everything from the program's name on is its own
  app.add_flag("-h,--help", options.help);
  app.add_flag("--version", options.version);
  app.add_flag("-v,--verbose", options.verbose);
  app.add_flag("--stats", options.stats);
  app.add_flag("--no-stub", options.no_stub);
  app.add_flag("--allow-io-uring", options.allow_io_uring);
  app.add_option("--log", options.log_file);
  // One value each time: the next word may be the program.
  app.add_option("--mount", options.mounts)->allow_extra_args(false);
  app.add_option("--mounts", options.mounts_dirs)->allow_extra_args(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fail(EINVAL, error.what());
  }
  options.command = app.remaining();
  // CLI11 keeps the mark that ended the options; later ones are arguments.
  if (!options.command.empty() && options.command.front() == "--")
    options.command.erase(options.command.begin());
  if (options.help || options.version) return options;
  if (options.command.empty())
    return fail(EINVAL, "no program given: vfsrun [options] program [args…]");
  const std::string& program = options.command.front();
  if (program.size() > 1 && program.front() == '-')
    return fail(EINVAL, "unknown option " + program);
  return options;
}

std::string help_text() {
  return
      R"(Usage: vfsrun [options] [--] program [arguments…]

Runs a program so that remote stores are ordinary files to it:
  vfsrun cat /http/example.org/index.html
  vfsrun sh -c 'ls /http/localhost:8000/; sha256sum /http/localhost:8000/*'

Options:
  --mount PATH=URL   show URL at PATH; {host} in URL is PATH's next component
  --mounts DIR       read more mount files (*.toml) from DIR
  --log FILE         write messages to FILE instead of standard error
  --stats            at the end, print counts of stops, requests and bytes
  --no-stub          stop at every call with a path: slower, same results
  --allow-io-uring   let programs use io_uring, whose opens see no remote store
  -v, --verbose      say more: also names that servers do not have
  --version          print the version
  -h, --help         print this

Mounts come from the built-in files, /etc/vfsrun/mounts.d and
~/.config/vfsrun/mounts.d; `vfsrun-gateway check` shows what they give.

Exit status: the program's own; 125 when vfsrun itself failed, 126 when the
program cannot be executed, 127 when it was not found.
)";
}

}  // namespace vfsrun::tracer
