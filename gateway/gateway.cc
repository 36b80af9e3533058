// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/gateway.hh"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "backends/registry.hh"
#include "gateway/base/log.hh"
#include "gateway/cache/content_cache.hh"
#include "gateway/cache/meta_cache.hh"
#include "gateway/cache/read_ahead_budget.hh"
#include "gateway/fs/filesystem.hh"
#include "gateway/fs/metadata.hh"
#include "gateway/fs/root_dir.hh"
#include "gateway/fuse/session.hh"

namespace vfsrun {

namespace {

/// At the end, for what is still on its way to servers.
constexpr std::chrono::seconds drain_time{10};

/// Signals that ask for an orderly end, as a descriptor. Blocked before any
/// thread starts, so that all threads have them blocked.
Result<Fd> ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0)
    return fail_errno("pthread_sigmask");
  // A pipe or socket whose reader has gone is an error, not an end.
  (void)std::signal(SIGPIPE, SIG_IGN);
  // So is a file past RLIMIT_FSIZE: the disk cache does without it.
  (void)std::signal(SIGXFSZ, SIG_IGN);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail_errno("signalfd");
  return fd;
}

/// So long without a signal or a word of the tracer's: time to look whether
/// the gateway works at all.
constexpr int idle_milliseconds = 3000;

/// Each open remote file has one in the cache directory.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

/// mallopt(3). A thousand workers would have an arena for each CPU times eight.
/// And what a transfer gives back it takes again a moment later: each time
/// the kernel has to find and clear the pages, which took a fifth of the time
/// of reading by sftp. What a burst of work leaves is given back when idle.
void bound_memory() {
  constexpr int arenas = 4;
  constexpr int give_back_at = 16 << 20;
  constexpr int own_mapping_from = 2 << 20;
  constexpr int grow_by = 1 << 20;
  (void)::mallopt(M_ARENA_MAX, arenas);
  (void)::mallopt(M_TRIM_THRESHOLD, give_back_at);
  (void)::mallopt(M_MMAP_THRESHOLD, own_mapping_from);
  (void)::mallopt(M_TOP_PAD, grow_by);
}

Result<std::vector<Mounted>> make_backends(const MountTable& mounts,
                                           BackendContext& context) {
  std::vector<Mounted> made;
  for (const Mount& mount : mounts.mounts())
    made.push_back(Mounted{mount, TRY(make_backend(mount, context))});
  return made;
}

}  // namespace

// In order of construction; torn down in reverse. The contents end before the
// backends, since fetches on their way use them.
struct Gateway::Parts {
  Parts(GatewaySettings&& given, Fd signals_fd, SharedCounters&& made)
      : settings(std::move(given)),
        signals(std::move(signals_fd)),
        counters(std::move(made)),
        backends(counters) {}

  GatewaySettings settings;
  Fd signals;
  SharedCounters counters;
  std::uint64_t work_seen = 0;
  std::uint64_t work_trimmed = 0;
  SteadyClock clock;
  BackendContext backends;
  std::optional<RootDir> root;
  std::unique_ptr<ContentCache> contents;
  std::optional<MetaCache> meta;
  std::optional<Metadata> metadata;
  ReadAheadBudget read_ahead;
  std::optional<Prefetcher> prefetcher;
  std::optional<Walks> walks;
  std::optional<Filesystem> filesystem;
  std::optional<fuse::InFlight> in_flight;
  std::optional<fuse::Context> context;
  std::unique_ptr<fuse::Session> session;

  Result<void> build();
  /// False: end.
  bool wait_for_end();
  bool take_control_byte();
  void give_memory_back();
};

Result<void> Gateway::Parts::build() {
  const bool traced = settings.tracer != 0 || settings.announced.has_value();
  root.emplace(
      TRY(make_backends(settings.mounts, backends)),
      traced ? RootDir::Unknown::link_to_host : RootDir::Unknown::absent);
  contents = ContentCache::create();
  meta.emplace(clock);
  metadata.emplace(*meta, *contents,
                   settings.announced ? &*settings.announced : nullptr);
  prefetcher.emplace();
  walks.emplace(metadata->for_walks(), *prefetcher, read_ahead);
  filesystem.emplace(Filesystem::Parts{*root, *metadata, *contents, read_ahead,
                                       *walks, counters, *meta, clock,
                                       Spool()});
  in_flight.emplace(settings.tracer);
  context.emplace(fuse::Context{*filesystem,
                                *in_flight,
                                counters,
                                {::getuid(), ::getgid()},
                                settings.trace});
  return {};
}

bool Gateway::Parts::take_control_byte() {
  std::array<char, 64> bytes;
  const ssize_t n = ::read(settings.control.get(), bytes.data(), bytes.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  for (const char byte : std::span(bytes).first(static_cast<std::size_t>(n)))
    if (byte == 'q') log::leave_stderr();
  return n > 0;
}

/// Once after each burst of work, as only the top of a heap goes back by
/// itself.
void Gateway::Parts::give_memory_back() {
  const std::uint64_t work = counters.value(Counter::bytes_from_network) +
                             counters.value(Counter::requests) +
                             counters.value(Counter::bytes_from_cache);
  const bool idle = work == work_seen;
  if (idle && work != work_trimmed) {
    (void)::malloc_trim(0);
    work_trimmed = work;
  }
  work_seen = work;
}

bool Gateway::Parts::wait_for_end() {
  // poll(2) passes over negative descriptors.
  std::array<pollfd, 3> wait{{{signals.get(), POLLIN, 0},
                              {session->ended_fd(), POLLIN, 0},
                              {settings.control.get(), POLLIN, 0}}};
  const int ready = ::poll(wait.data(), wait.size(), idle_milliseconds);
  if (ready < 0) return errno == EINTR;
  if (ready == 0) give_memory_back();
  if (wait[0].revents != 0 || wait[1].revents != 0) return false;
  return wait[2].revents == 0 || take_control_byte();
}

Gateway::Gateway(std::unique_ptr<Parts> parts) noexcept
    : parts_(std::move(parts)) {}

Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::create(GatewaySettings settings) {
  Fd signals = TRY(ending_signals());
  raise_descriptor_limit();
  bound_memory();
  SharedCounters counters = settings.counters ? *std::move(settings.counters)
                                              : TRY(SharedCounters::create());
  settings.counters.reset();
  // Mounting comes first: libfuse forks, which wants a process without
  // threads. It is the step that fails, too.
  std::unique_ptr<fuse::Session> session =
      TRY(fuse::Session::mount(settings.mountpoint));
  auto parts = std::make_unique<Parts>(std::move(settings), std::move(signals),
                                       std::move(counters));
  TRY(parts->build());
  parts->session = std::move(session);
  return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

Result<void> Gateway::run() {
  TRY(parts_->session->serve(*parts_->context));
  while (parts_->wait_for_end()) {
  }
  // Programs wait for this at their close(2), so there is something left only
  // where one was killed, or still has files open.
  parts_->filesystem->end(std::chrono::steady_clock::now() + drain_time);
  if (parts_->session->end()) return {};
  // A worker waits for what does not answer, or programs hold files of a
  // mount that is detached by now. The end of the process closes the device,
  // and the kernel fails whatever is left.
  LOG(debug, "ending in spite of operations under way");
  std::_Exit(0);
}

}  // namespace vfsrun
