// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cli.hh"

#include <CLI/CLI.hpp>

namespace vfsrun {

namespace {

constexpr const char* help =
    R"(Shows web servers and other remote stores as ordinary files.

usage: vfsrun-gateway mount DIR [options]   mount on an empty directory
       vfsrun-gateway check [options]       look for mistakes in mounts.d
       vfsrun-gateway cache ACTION ...      what is kept of remote files
       vfsrun-gateway --help | --version

  --mount PATH=URL   add a mount, e.g. /data=https://example.org/data/
  --mounts DIR       read DIR/*.toml too, after those of system and user
  --log FILE         write the log to FILE instead of stderr
  -v                 say more: causes, retries, what was not there
NAMEs are urls or virtual paths: cache ls, verify (checksums) [NAME...], warm
(fetch files and trees), drop NAME..., pin [-u] (or -u: do not) NAME..., clear
of mount alone:
  -f                 stay in the foreground; Ctrl-C unmounts and ends
  -d                 as -f, with a line for each operation

DIR/http/example.org/file is then http://example.org/file; `mount` comes back
once it is there. fusermount3 -u DIR ends it.

For one program, without mounting anything by hand: vfsrun PROGRAM ...
)";

void add_common(CLI::App& app, Options& options) {
  app.add_option("--mount", options.specs)->allow_extra_args(false);
  app.add_option("--mounts", options.mounts_dirs)->allow_extra_args(false);
  app.add_option("--log", options.log_file);
  app.add_flag("-v,--verbose", options.verbose);
}

}  // namespace

Result<std::variant<Options, Show>> parse_arguments(int argc,
                                                    const char* const* argv) {
  using Parsed = std::variant<Options, Show>;
  Options options;
  bool want_help = false;
  bool want_version = false;
  CLI::App app("", "vfsrun-gateway");
  app.set_help_flag();
  app.add_flag("-h,--help", want_help);
  app.add_flag("--version", want_version);
  // So that `mount DIR --help` is understood as well.
  app.fallthrough();

  CLI::App* mount = app.add_subcommand("mount");
  mount->set_help_flag();
  mount->add_option("DIR", options.directory)->required();
  mount->add_flag("-f,--foreground", options.foreground);
  mount->add_flag("-d,--debug", options.debug);
  add_common(*mount, options);
  CLI::App* check = app.add_subcommand("check");
  check->set_help_flag();
  add_common(*check, options);
  CLI::App* cache = app.add_subcommand("cache");
  cache->set_help_flag();
  using Action = Options::CacheAction;
  const auto add_action = [&](const char* name, Action action, int least) {
    CLI::App* sub = cache->add_subcommand(name);
    sub->set_help_flag();
    add_common(*sub, options);
    if (least >= 0) {
      CLI::Option* names = sub->add_option("NAME", options.arguments);
      if (least > 0) names->required();
    }
    sub->callback([&options, action] { options.cache_action = action; });
    return sub;
  };
  add_action("ls", Action::ls, 0);
  add_action("verify", Action::verify, 0);
  add_action("warm", Action::warm, 1);
  add_action("drop", Action::drop, 1);
  add_action("clear", Action::clear, -1);
  add_action("pin", Action::pin, 0)->add_flag("-u,--undo", options.undo);
  cache->require_subcommand(1);
  // The tracer's way in; not for people.
  CLI::App* serve = app.add_subcommand("serve")->group("");
  serve->set_help_flag();
  serve->add_option("DIR", options.directory)->required();
  serve->add_option("--tracer-pid", options.tracer);
  serve->add_option("--log", options.log_file);
  serve->add_flag("-v,--verbose", options.verbose);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (want_help) return Parsed(Show{help});
    return fail(EINVAL, std::string(error.what()) + " (vfsrun-gateway --help)");
  }
  if (want_help) return Parsed(Show{help});
  if (want_version) return Parsed(Show{"vfsrun-gateway " VFSRUN_VERSION "\n"});
  if (app.get_subcommands().empty())
    return fail(EINVAL,
                "what to do? mount, check or cache (vfsrun-gateway --help)");
  if (*check) options.command = Options::Command::check;
  if (*cache) options.command = Options::Command::cache;
  if (*serve) options.command = Options::Command::serve;
  if (options.debug) options.foreground = true;
  return Parsed(std::move(options));
}

}  // namespace vfsrun
