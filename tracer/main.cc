// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun: runs a program to which remote stores are ordinary files.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <vector>

#include "gateway/base/fd.hh"
#include "gateway/base/log.hh"
#include "gateway/config/mount_file.hh"
#include "tracer/cli.hh"
#include "tracer/event_loop.hh"
#include "tracer/launch.hh"
#include "tracer/nested.hh"
#include "tracer/preflight.hh"
#include "tracer/proc_links.hh"
#include "tracer/program_search.hh"

namespace vfsrun::tracer {
namespace {

namespace fs = boost::filesystem;

// env(1), nohup(1) and others use the same three.
constexpr int own_failure = 125;
constexpr int not_executable = 126;
constexpr int not_found = 127;

int complain(std::string_view text) {
  fmt::print(stderr, "vfsrun: {}\n", text);
  return own_failure;
}

log::Options log_options(const Options& options) {
  return {.program = "vfsrun",
          .level = options.verbose ? log::Level::debug : log::Level::warn,
          .file = options.log_file};
}

Result<MountTable> mounts_of(const Options& options,
                             const fs::path& executable) {
  MountSources sources = default_sources(executable);
  for (const std::string& folder : options.mounts_dirs) {
    if (!fs::is_directory(folder)) {
      return fail(ENOENT,
                  fmt::format("--mounts {}: no such directory", folder));
    }
    sources.directories.emplace_back(folder);
  }
  sources.specs = options.mounts;
  return load_mounts(sources);
}

GatewaySettings gateway_settings(const Options& options,
                                 const fs::path& executable,
                                 const MountTable& mounts) {
  GatewaySettings settings;
  settings.executable = (executable.parent_path() / "vfsrun-gateway").string();
  settings.mounts_toml = to_toml(mounts);
  if (options.verbose) settings.log_arguments.emplace_back("-v");
  if (!options.log_file.empty()) {
    settings.log_arguments.emplace_back("--log");
    settings.log_arguments.push_back(options.log_file);
  }
  return settings;
}

/// The tracer's whole life, in a process of its own.
class Tracer {
 public:
  Tracer(const Options& options, const MountTable& mounts,
         const GatewaySettings& settings)
      : options_(options), mounts_(mounts), settings_(settings) {}

  Result<void> prepare() {
    TRY(log::configure(log_options(options_)));
    published_ = TRY(publish_mounts(settings_.mounts_toml));
    resources_ = TRY(EventLoop::Resources::create());
    return {};
  }

  void run(pid_t main) {
    EventLoop(main, mounts_, settings_, *resources_,
              {options_.stats, !options_.no_stub})
        .run();
  }

 private:
  const Options& options_;
  const MountTable& mounts_;
  const GatewaySettings& settings_;
  Fd published_;
  std::optional<EventLoop::Resources> resources_;
};

/// The exit status for a program that was not started, after saying why.
int explain(const LaunchFailure& failure) {
  if (failure.step == LaunchFailure::Step::start)
    return complain(explain_start_failure(failure.error));
  complain("cannot run " + failure.error.detail);
  return failure.error.code == ENOENT ? not_found : not_executable;
}

int run(Options options) {
  if (!options.log_file.empty()) {
    // The tracer stands in another directory.
    options.log_file = fs::absolute(options.log_file).string();
    if (const auto log = log::configure(log_options(options)); !log)
      return complain(log.error().detail);
  }
  const fs::path executable =
      read_link("/proc/self/exe").value_or("/usr/bin/vfsrun");
  const auto mounts = mounts_of(options, executable);
  if (!mounts) return complain(mounts.error().detail);
  if (const auto outer = outer_mounts()) {
    if (const auto covered = check_covered(*mounts, *outer); !covered)
      return complain(covered.error().detail);
    return explain(execute(options.command.front(), options.command));
  }
  if (const auto fuse = check_fuse(); !fuse)
    return complain(fuse.error().detail);
  const auto settings = gateway_settings(options, executable, *mounts);
  const FilterOptions filter{.allow_io_uring = options.allow_io_uring,
                             .keep_dumpable = ::geteuid() != 0,
                             .trust_stubs = !options.no_stub};
  Tracer tracer(options, *mounts, settings);
  return explain(launch(find_program(options.command.front(), *mounts),
                        options.command, filter,
                        {.prepare = [&] { return tracer.prepare(); },
                         .run = [&](pid_t main) { tracer.run(main); }}));
}

/// Standard descriptors that the caller has closed must not become numbers of
/// ours: a pipe would be mistaken for a terminal. Held until exec, which
/// closes them again.
std::vector<Fd> hold_standard_descriptors() {
  std::vector<Fd> held;
  for (;;) {
    Fd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!fd || fd.get() > STDERR_FILENO) return held;
    held.push_back(std::move(fd));
  }
}

int start(int argc, char** argv) {
  const std::vector<Fd> held = hold_standard_descriptors();
  auto options = parse_options(argc, argv);
  if (!options) {
    return complain(options.error().detail + " (see vfsrun --help)");
  }
  if (options->help) {
    fmt::print("{}", help_text());
    return 0;
  }
  if (options->version) {
    fmt::print("vfsrun {}\n", VFSRUN_VERSION);
    return 0;
  }
  return run(*std::move(options));
}

}  // namespace
}  // namespace vfsrun::tracer

int main(int argc, char** argv) {
  try {
    return vfsrun::tracer::start(argc, argv);
  } catch (const std::exception& error) {
    return vfsrun::tracer::complain(error.what());
  }
}
