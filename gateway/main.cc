// SPDX-License-Identifier: GPL-2.0-or-later
// vfsrun-gateway: options → a Gateway, run to its end.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cstdio>

#include "gateway/askpass.hh"
#include "gateway/base/gateway_protocol.hh"
#include "gateway/base/log.hh"
#include "gateway/cache_command.hh"
#include "gateway/cli.hh"
#include "gateway/config/mount_file.hh"
#include "gateway/gateway.hh"

namespace vfsrun {
namespace {

namespace fs = boost::filesystem;
constexpr const char* program = "vfsrun-gateway";
constexpr std::size_t table_limit = 16UL * 1024 * 1024;

int complain(const Error& error) {
  fmt::print(stderr, "{}: {}\n", program, error.detail);
  return 1;
}

Result<void> start_log(const Options& options) {
  log::Options log;
  log.program = program;
  log.file = options.log_file;
  if (options.verbose || options.debug) log.level = log::Level::debug;
  return log::configure(log);
}

Result<MountTable> read_mounts(const Options& options) {
  boost::system::error_code error;
  MountSources sources =
      default_sources(fs::read_symlink("/proc/self/exe", error));
  for (const std::string& directory : options.mounts_dirs) {
    if (!fs::is_directory(directory, error))
      return fail(EINVAL,
                  fmt::format("--mounts {}: no such directory", directory));
    sources.directories.emplace_back(directory);
  }
  sources.specs = options.specs;
  return load_mounts(sources);
}

int check(const Options& options) {
  const Result<MountTable> table = read_mounts(options);
  if (!table) {
    fmt::print(stderr, "{}\n", table.error().detail);
    return 1;
  }
  std::vector<Mount> mounts = table->mounts();
  std::ranges::sort(mounts, {}, &Mount::path);
  std::size_t width = 4;
  std::size_t url_width = 3;
  for (const Mount& mount : mounts) {
    width = std::max(width, mount.path.str().size());
    url_width = std::max(url_width, mount.url.size());
  }
  for (const Mount& mount : mounts)
    fmt::print("{:<{}}  {:<{}}  {}  {}\n", mount.path.str(), width, mount.url,
               url_width, mount.access == Access::read_only ? "ro" : "rw",
               mount.source);
  return 0;
}

/// Passwords and tokens pass through the gateway's memory: no core dump, and
/// no look at it for others of the user's processes (prctl(2), ptrace(2)).
/// Not so where it is debugged.
void close_memory(const Options& options) {
  if (!options.debug) (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// Serves until the end. `ready` tells once how the start went: an empty
/// string for well.
template <class Ready>
int run(GatewaySettings settings, Ready ready) {
  // No directory of anybody's is kept busy.
  (void)!::chdir("/");
  Result<std::unique_ptr<Gateway>> gateway =
      Gateway::create(std::move(settings));
  ready(gateway ? std::string() : gateway.error().detail);
  if (!gateway) return 1;
  const Result<void> done = (*gateway)->run();
  return done ? 0 : complain(done.error());
}

Result<GatewaySettings> mount_settings(const Options& options) {
  GatewaySettings settings;
  settings.mounts = TRY(read_mounts(options));
  // By its real name: a mount is at a directory, not at a link to it.
  boost::system::error_code error;
  const fs::path real = fs::canonical(options.directory, error);
  settings.mountpoint =
      (error ? fs::absolute(options.directory) : real).string();
  settings.trace = options.debug;
  return settings;
}

int mount_in_foreground(const Options& options) {
  Result<GatewaySettings> settings = mount_settings(options);
  if (!settings) return complain(settings.error());
  return run(*std::move(settings), [](const std::string& error) {
    if (!error.empty()) (void)complain(Error{EIO, error});
  });
}

/// What the background process does: a session of its own, away from the
/// terminal, and the word of how it went to the one that waits.
int mount_detached(GatewaySettings settings, Fd tell) {
  ::setsid();
  return run(std::move(settings), [&](const std::string& error) {
    (void)write_all(tell.get(), error.empty() ? "ok" : error);
    tell.reset();
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      if (null) (void)::dup2(null.get(), standard);
  });
}

int mount_in_background(const Options& options) {
  Result<GatewaySettings> settings = mount_settings(options);
  if (!settings) return complain(settings.error());
  Result<Pipe> pipe = Pipe::create();
  if (!pipe) return complain(pipe.error());
  const pid_t child = ::fork();
  if (child < 0) return complain(fail_errno("fork").value());
  if (child == 0) {
    pipe->read_end.reset();
    return mount_detached(*std::move(settings), std::move(pipe->write_end));
  }
  pipe->write_end.reset();
  const Result<std::string> word = read_all(pipe->read_end.get(), 4096);
  if (word && *word == "ok") return 0;
  return complain(Error{
      EIO, word && !word->empty() ? *word : "the gateway ended at its start"});
}

Result<GatewaySettings> serve_settings(const Options& options) {
  namespace protocol = gateway_protocol;
  // Given by number; ours alone from now on.
  for (int fd = protocol::table_fd; fd <= protocol::ready_fd; ++fd)
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
      return fail(EINVAL, "serve is for vfsrun to start, not for people");
  GatewaySettings settings;
  const Fd table(protocol::table_fd);
  if (::lseek(table.get(), 0, SEEK_SET) != 0) return fail_errno("lseek");
  const std::string text = TRY(read_all(table.get(), table_limit));
  settings.mounts = TRY(from_toml(text));
  settings.announced = TRY(AnnounceSlots::attach(Fd(protocol::announce_fd)));
  settings.counters = TRY(SharedCounters::attach(Fd(protocol::counters_fd)));
  settings.control = Fd(protocol::control_fd);
  settings.mountpoint = options.directory;
  settings.tracer = options.tracer;
  return settings;
}

int serve(const Options& options) {
  Result<GatewaySettings> settings = serve_settings(options);
  if (!settings) {
    (void)write_all(gateway_protocol::ready_fd, settings.error().detail + "\n");
    return complain(settings.error());
  }
  Fd ready(gateway_protocol::ready_fd);
  return run(*std::move(settings), [&](const std::string& error) {
    (void)write_all(ready.get(), (error.empty() ? "ok" : error) + "\n");
    ready.reset();
  });
}

int main_of(int argc, char** argv) {
  const auto parsed = parse_arguments(argc, argv);
  if (!parsed) return complain(parsed.error());
  if (const auto* show = std::get_if<Show>(&*parsed)) {
    fmt::print("{}", show->text);
    return 0;
  }
  const auto& options = std::get<Options>(*parsed);
  const Result<void> log = start_log(options);
  if (!log) return complain(log.error());
  switch (options.command) {
    case Options::Command::check:
      return check(options);
    case Options::Command::serve:
      close_memory(options);
      return serve(options);
    case Options::Command::cache: {
      const Result<MountTable> mounts = read_mounts(options);
      return mounts ? run_cache_command(options, *mounts)
                    : complain(mounts.error());
    }
    case Options::Command::mount:
      close_memory(options);
      break;
  }
  return options.foreground ? mount_in_foreground(options)
                            : mount_in_background(options);
}

}  // namespace
}  // namespace vfsrun

int main(int argc, char** argv) {
  try {
    if (const auto status = vfsrun::answer_ssh(argc, argv)) return *status;
    return vfsrun::main_of(argc, argv);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "vfsrun-gateway: %s\n", error.what());
    return 1;
  }
}
