// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/event_loop.hh"

#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/filesystem.hpp>
#include <chrono>

#include "gateway/base/log.hh"
#include "tracer/call_exit.hh"

namespace vfsrun::tracer {

namespace {

std::optional<std::string> local_realpath(const std::string& path) {
  boost::system::error_code error;
  const auto real = boost::filesystem::canonical(path, error);
  if (error || !boost::filesystem::is_directory(real, error))
    return std::nullopt;
  return real.string();
}

std::vector<VPath> roots_of(const MountTable& mounts) {
  std::vector<VPath> roots;
  for (const Mount& mount : mounts.mounts()) {
    // What leads to a mount and does not exist is part of the tree, too.
    VPath root = mount.path;
    for (VPath above = root.parent(); !above.is_root();
         above = above.parent()) {
      if (!local_realpath(above.str())) root = above;
    }
    roots.push_back(root);
  }
  return roots;
}

std::optional<stub::StubPatcher> make_stubs(const LoopOptions& options,
                                            const PathMap& map,
                                            const ListingNames& listing,
                                            const TraceeTable& tracees,
                                            TracerStats& stats) {
  if (!options.use_stubs || !stub::available) return std::nullopt;
  return std::make_optional<stub::StubPatcher>(
      stub::ImageOptions{map.roots(), listing.directories(),
                         options.print_stats},
      [&tracees] { return tracees.tids(); }, stats);
}

/// sched_getaffinity(2).
bool have_several_cpus() noexcept {
  cpu_set_t mine;
  return ::sched_getaffinity(0, sizeof mine, &mine) == 0 &&
         CPU_COUNT(&mine) > 1;
}

/// SIGCHLD stays blocked but during ppoll(2), which it then interrupts: no
/// stop can fall between looking and sleeping. Gives the mask for ppoll.
sigset_t prepare_signals() {
  struct sigaction action {};

  action.sa_handler = [](int) {};
  ::sigaction(SIGCHLD, &action, nullptr);

  // A gateway or a reader of our messages that is gone is no reason to end.
  struct sigaction ignore {};

  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGCHLD);
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  ::sigdelset(&before, SIGCHLD);
  return before;
}

}  // namespace

Result<EventLoop::Resources> EventLoop::Resources::create() {
  return Resources{TRY(AnnounceSlots::create()), TRY(SharedCounters::create()),
                   TRY(MemoryWorker::create())};
}

EventLoop::EventLoop(pid_t main, const MountTable& mounts,
                     GatewaySettings gateway, Resources& resources,
                     const LoopOptions& options)
    : main_(main),
      may_look_out_(have_several_cpus()),
      print_stats_(options.print_stats),
      counters_(resources.counters),
      memory_(resources.memory),
      map_(roots_of(mounts), local_realpath),
      listing_(mounts),
      stubs_(make_stubs(options, map_, listing_, tracees_, stats_)),
      gateway_(std::move(gateway), resources.announce, resources.counters),
      replies_(memory_, parked_),
      exit_(map_, replies_),
      entry_({map_, listing_, gateway_, resources.announce, slots_, memory_,
              parked_, replies_, stats_, stubs_ ? &*stubs_ : nullptr}),
      wait_mask_(prepare_signals()) {
  tracees_.at(main_).known = true;
}

void EventLoop::run() {
  std::vector<Event> events;
  while (wait_for_events(events)) {
    const std::uint64_t before = stops_of_tree_calls();
    for (const Event& event : events) dispatch(event);
    soon_another_ = may_look_out_ && stops_of_tree_calls() != before;
  }
  gateway_.stop();
  on_main_ended();
}

bool EventLoop::wait_for_events(std::vector<Event>& events) {
  events.clear();
  while (tracees_.size() > 0 && !last_ended_) {
    // A program that has never met the tree leaves nothing else to wait for,
    // and the cheapest wait is a plain blocking one.
    const bool only_stops =
        gateway_.event_fd() < 0 && parked_.empty() && events.empty();
    auto event = next_event(only_stops);
    if (!event && !only_stops && events.empty()) event = look_out();
    if (event) {
      events.push_back(*event);
      // All that wait are taken before any is worked on, else a thread that
      // stops again at once would always come first (waitpid looks at its
      // children in order). One thread alone has no others to wait for, and
      // after an end the number of threads has to be right first.
      if (tracees_.size() == 1 ||
          WaitStatus(event->status).kind() == StopKind::gone)
        return true;
    } else if (!events.empty()) {
      return true;
    } else if (!last_ended_ && !only_stops) {
      wait_for_descriptors();
    } else if (only_stops && errno == ECHILD) {
      return false;
    }
  }
  return false;
}

std::optional<EventLoop::Event> EventLoop::next_event(bool block) {
  const int wait = __WALL | (block ? 0 : WNOHANG);
  if (tracees_.size() > 1) {
    int status = 0;
    const pid_t tid = ::waitpid(-1, &status, wait);
    return tid > 0 ? std::optional(Event{tid, status}) : std::nullopt;
  }
  // The end of the last process is looked at but left: see run().
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, wait | WEXITED | WSTOPPED | WNOWAIT) != 0 ||
      info.si_pid == 0)
    return std::nullopt;
  const pid_t tid = info.si_pid;
  const bool stopped =
      info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED;
  if (!stopped && tracees_.contains(tid)) {
    last_ended_ = true;
    return std::nullopt;
  }
  // Takes the kind that was seen and no other: a SIGKILL in between must not
  // make this reap the last process.
  info = {};
  const int kind = stopped ? WSTOPPED : WEXITED;
  if (::waitid(P_PID, static_cast<id_t>(tid), &info, kind | __WALL | WNOHANG) !=
          0 ||
      info.si_pid == 0)
    return std::nullopt;
  // The same bits as waitpid(2) would give.
  constexpr int stopped_bits = 0x7f;
  return Event{tid, stopped ? (info.si_status << 8) | stopped_bits : 0};
}

/// A call with a name that the kernel knows ends within microseconds, and
/// mostly the next one follows: to be woken for each of these stops takes
/// longer than what lies between them.
std::optional<EventLoop::Event> EventLoop::look_out() {
  constexpr auto soon = std::chrono::microseconds(50);
  if (last_ended_ || !std::exchange(soon_another_, false)) return std::nullopt;
  const auto until = std::chrono::steady_clock::now() + soon;
  do {
    ::sched_yield();  // whom we wait for may want this CPU
    if (auto event = next_event(false)) return event;
  } while (!last_ended_ && std::chrono::steady_clock::now() < until);
  return std::nullopt;
}

void EventLoop::wait_for_descriptors() {
  std::array<pollfd, 2> wanted{pollfd{memory_.wake_fd(), POLLIN, 0},
                               pollfd{gateway_.event_fd(), POLLIN, 0}};
  if (::ppoll(wanted.data(), wanted.size(), nullptr, &wait_mask_) <= 0) return;
  if (wanted[0].revents != 0) on_memory_answers();
  if (wanted[1].revents != 0) on_gateway_event();
}

void EventLoop::dispatch(const Event& event) {
  if (gateway_.reaped(event.tid)) return;
  const WaitStatus status(event.status);
  const StopKind kind = status.kind();
  if (kind == StopKind::gone) return on_gone(event.tid);

  Stopped stopped(event.tid);
  switch (kind) {
    case StopKind::seccomp:
      ++stats_.seccomp_stops;
      return entry_.handle(std::move(stopped), tracees_.at(event.tid));
    case StopKind::new_thread:
      ++stats_.new_thread_stops;
      return on_new_thread(stopped);
    case StopKind::exec:
      ++stats_.exec_stops;
      return on_exec(stopped);
    case StopKind::exit:
      if (stubs_) stubs_->count_saved(event.tid);
      return;  // Stopped resumes it
    case StopKind::group_stop:
      ++stats_.group_stops;
      return std::move(stopped).listen();
    case StopKind::event_stop:
      ++stats_.event_stops;
      tracees_.at(event.tid);
      return;  // Stopped resumes it
    case StopKind::syscall_exit:
      ++stats_.exit_stops;
      exit_.handle(std::move(stopped), tracees_.at(event.tid));
      return retry_parked(WaitsFor::slot);
    default:
      ++stats_.signal_stops;
      on_signal(std::move(stopped), status.signal());
  }
}

void EventLoop::on_signal(Stopped stopped, int signal) {
  const bool hide = stubs_ && stubs_->on_signal(stopped, signal);
  std::move(stopped).resume(Until::next_event, hide ? 0 : signal);
}

void EventLoop::on_gone(pid_t tid) {
  parked_.forget(tid);
  if (!tracees_.remove(tid)) gone_early_.insert(tid);
  if (tid == main_ && tracees_.size() > 0) on_main_ended();
  retry_parked(WaitsFor::slot);
}

void EventLoop::on_new_thread(const Stopped& stopped) {
  const auto child = stopped.event_message();
  // A child's whole life may be reported before its parent's event.
  if (!child || gone_early_.erase(*child) != 0) return;
  Tracee& parent = tracees_.at(stopped.tid());
  if (stubs_) {
    stubs_->on_fork(stopped, parent.stub_notes);
    // What was saved so far is in both memories now, or both are one.
    if (print_stats_ && stubs_->count_saved(stopped.tid()))
      stub::StubPatcher::forget_saved(*child);
  }
  const stub::ProgramNotes notes = parent.stub_notes;
  Tracee& tracee = tracees_.at(*child);
  tracee.known = true;
  tracee.stub_notes = notes;
}

void EventLoop::on_exec(const Stopped& stopped) {
  const auto former = stopped.event_message();
  Tracee& tracee =
      tracees_.rename(former.value_or(stopped.tid()), stopped.tid());
  const auto call = std::exchange(tracee.in_flight, std::nullopt);
  tracee.injection.reset();
  tracee.refused_mappings = 0;
  tracee.fetched.clear();
  tracee.listing.reset();
  tracee.reply.reset();
  const bool by_interpreter = tracee.interpreter.has_value();
  tracee.interpreter.reset();
  tracee.known = true;
  const bool rewritten = call && call->exec && !call->changed.empty();
  if (rewritten || by_interpreter) (void)show_virtual_names(stopped, map_);
  if (stubs_ && print_stats_) (void)stopped.report_ends();
  if (stubs_) stubs_->on_exec(stopped, tracee.stub_notes);
}

void EventLoop::retry_parked(WaitsFor reason) {
  if (parked_.empty()) return;
  for (Stopped& stopped : parked_.take_all(reason)) {
    Tracee& tracee = tracees_.at(stopped.tid());
    entry_.handle(std::move(stopped), tracee);
  }
}

void EventLoop::on_gateway_event() {
  gateway_.on_event();
  if (gateway_.state() == GatewayProcess::State::ready) on_tree_there();
  if (gateway_.state() != GatewayProcess::State::starting)
    retry_parked(WaitsFor::gateway);
}

void EventLoop::on_tree_there() {
  map_.set_hidden(gateway_.directory());
  if (stubs_) stubs_->tree_in_use();
}

void EventLoop::on_memory_answers() {
  for (const MemoryAnswer& answer : memory_.take_answers()) {
    auto stopped = parked_.take(answer.job.tid);
    if (!stopped) continue;  // gone meanwhile
    entry_.handle_answer(*std::move(stopped), tracees_.at(answer.job.tid),
                         answer);
  }
}

void EventLoop::on_main_ended() {
  if (std::exchange(main_ended_, true)) return;
  if (print_stats_) {
    (void)write_all(STDERR_FILENO, format_stats(stats_, counters_));
  }
  gateway_.leave_stderr();
  log::leave_stderr();
}

}  // namespace vfsrun::tracer
