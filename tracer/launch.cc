// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/launch.hh"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "gateway/base/fd.hh"
#include "gateway/base/log.hh"
#include "tracer/stopped.hh"

namespace vfsrun::tracer {

namespace {

/// One value over a pipe; EPIPE when the other side is gone.
template <class T>
Result<T> receive(const Fd& from) {
  T value{};
  for (;;) {
    const ssize_t n = ::read(from.get(), &value, sizeof value);
    if (n == sizeof value) return value;
    if (n < 0 && errno == EINTR) continue;
    return fail(EPIPE, "the tracer ended before it had begun");
  }
}

template <class T>
Result<void> send(const Fd& to, const T& value) {
  return write_all(to.get(), std::as_bytes(std::span(&value, 1)));
}

/// What became of the tracer's beginning.
struct StartReport {
  int error = 0;
  bool prepared = false;
};

struct Channel {
  Pipe to_program;
  Pipe to_tracer;
};

/// The tracer lives outside: no terminal, no descriptor of the program's but
/// stderr, no directory held busy, no signal setting of the caller's.
void become_daemon(const std::vector<int>& keep) {
  ::setsid();
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(nothing.get(), STDOUT_FILENO);
  unsigned first = 3;
  for (const int fd : keep) {  // sorted
    const auto number = static_cast<unsigned>(fd);
    if (first < number) ::close_range(first, number - 1, 0);
    first = number + 1;
  }
  ::close_range(first, ~0U, 0);
  if (::chdir("/") != 0) LOG(debug, "chdir /: errno {}", errno);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};

    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
  }
  // The program's RLIMIT_FSIZE is ours too: an error, not an end, for
  // ftruncate(2) and write(2).
  (void)std::signal(SIGXFSZ, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

StartReport begin(const Tracing& tracing, pid_t main) {
  if (const auto prepared = tracing.prepare(); !prepared)
    return {prepared.error().code, false};
  const auto seized = seize(main);
  return {seized ? 0 : seized.error().code, true};
}

[[noreturn]] void run_tracer(Channel& channel, pid_t main,
                             const Tracing& tracing) {
  Fd in = std::move(channel.to_tracer.read_end);
  Fd out = std::move(channel.to_program.write_end);
  // The numbers stay open; these two owners must not close them again.
  (void)channel.to_tracer.write_end.release();
  (void)channel.to_program.read_end.release();
  become_daemon({std::min(in.get(), out.get()), std::max(in.get(), out.get())});
  if (send(out, ::getpid()) && receive<char>(in)) {
    const StartReport report = begin(tracing, main);
    if (send(out, report) && report.error == 0) {
      in.reset();
      out.reset();
      tracing.run(main);
    }
  }
  ::_exit(0);
}

/// Two forks, so that the tracer is nobody's child: the program must not
/// meet it in its wait(2).
Result<void> fork_tracer(Channel& channel, const Tracing& tracing) {
  const pid_t main = ::getpid();
  const pid_t middle = ::fork();
  if (middle < 0) return fail_errno("fork");
  if (middle == 0) {
    const pid_t tracer = ::fork();
    if (tracer != 0) ::_exit(tracer < 0 ? 1 : 0);
    run_tracer(channel, main, tracing);
  }
  while (::waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
  }
  channel.to_tracer.read_end.reset();
  channel.to_program.write_end.reset();
  return {};
}

Result<void> be_traced(const FilterOptions& filter, const Tracing& tracing) {
  Channel channel{TRY(Pipe::create()), TRY(Pipe::create())};
  TRY(fork_tracer(channel, tracing));
  const auto tracer = TRY(receive<pid_t>(channel.to_program.read_end));
  // Yama (ptrace_scope 1) lets only ancestors trace, unless told otherwise.
  ::prctl(PR_SET_PTRACER, tracer, 0, 0, 0);
  TRY(send(channel.to_tracer.write_end, 'g'));
  const auto report = TRY(receive<StartReport>(channel.to_program.read_end));
  if (report.error != 0) {
    return fail_errno(report.prepared ? "ptrace" : "prepare the tracer",
                      report.error);
  }
  return load_filter(make_filter(syscall_tables(), filter));
}

}  // namespace

LaunchFailure launch(const std::string& file,
                     const std::vector<std::string>& command,
                     const FilterOptions& filter, const Tracing& tracing) {
  if (const auto traced = be_traced(filter, tracing); !traced)
    return {LaunchFailure::Step::start, traced.error()};
  return execute(file, command);
}

LaunchFailure execute(const std::string& file,
                      const std::vector<std::string>& command) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& argument : command)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(file.c_str(), argv.data());
  return {LaunchFailure::Step::execute, fail_errno(command.front()).value()};
}

}  // namespace vfsrun::tracer
