// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/pending_signals.hh"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace vfsrun::fuse {
namespace {

std::uint64_t set(std::initializer_list<int> signals) {
  std::uint64_t bits = 0;
  for (const int signal : signals) bits |= 1ULL << (signal - 1);
  return bits;
}

TEST_SUITE_BEGIN("gateway/fuse/pending_signals");

TEST_CASE("a status file is understood") {
  const SignalState state = parse_status(
      "Name:\tcat\nState:\tD (disk sleep)\nTracerPid:\t4711\n"
      "SigPnd:\t0000000000000100\nShdPnd:\t0000000000000002\n"
      "SigBlk:\t0000000000010000\nSigIgn:\t0000000000001000\n"
      "SigCgt:\t0000000180000000\n");
  CHECK(state.run_state == 'D');
  CHECK(state.tracer == 4711);
  CHECK(state.pending == 0x102);
  CHECK(state.blocked == 0x10000);
  CHECK(state.ignored == 0x1000);
  CHECK(state.caught == 0x180000000);
}

TEST_CASE("a text that is no status file says nothing") {
  CHECK(parse_status("") == SignalState{});
  CHECK(parse_status("SigPnd\nState:\n:\n\xff\n") == SignalState{});
}

TEST_CASE("our own status can be read, that of nobody cannot") {
  REQUIRE(signals_of(::getpid()));
  CHECK(signals_of(::getpid())->tracer >= 0);
  CHECK_FALSE(signals_of(999'999'999));
}

TEST_CASE("which pending signals end a wait") {
  struct Row {
    const char* what;
    SignalState state;
    bool ends;
  };

  const auto state = [](std::initializer_list<int> pending,
                        std::initializer_list<int> blocked,
                        std::initializer_list<int> ignored,
                        std::initializer_list<int> caught) {
    return SignalState{'D',          0,          set(pending), set(blocked),
                       set(ignored), set(caught)};
  };
  const Row rows[] = {
      {"nothing", state({}, {}, {}, {}), false},
      {"KILL", state({SIGKILL}, {}, {}, {}), true},
      {"INT by default", state({SIGINT}, {}, {}, {}), true},
      {"INT handled", state({SIGINT}, {}, {}, {SIGINT}), true},
      {"INT ignored", state({SIGINT}, {}, {SIGINT}, {}), false},
      {"INT blocked", state({SIGINT}, {SIGINT}, {}, {}), false},
      {"TERM", state({SIGTERM}, {}, {}, {}), true},
      {"HUP handled", state({SIGHUP}, {}, {}, {SIGHUP}), true},
      {"QUIT", state({SIGQUIT}, {}, {}, {}), true},
      {"ALRM handled", state({SIGALRM}, {}, {}, {SIGALRM}), false},
      {"ALRM by default", state({SIGALRM}, {}, {}, {}), true},
      {"URG handled, as Go has it", state({SIGURG}, {}, {}, {SIGURG}), false},
      {"URG by default", state({SIGURG}, {}, {}, {}), false},
      {"TSTP", state({SIGTSTP}, {}, {}, {}), false},
      {"CHLD and WINCH", state({SIGCHLD, SIGWINCH}, {}, {}, {}), false},
      {"USR1 by default", state({SIGUSR1}, {}, {}, {}), true},
      {"ALRM handled, and INT", state({SIGALRM, SIGINT}, {}, {}, {SIGALRM}),
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(wants_to_end(row.state) == row.ends);
  }
}

TEST_CASE("nobody is traced by a process that traces nobody") {
  CHECK_FALSE(tracee_waits_to_end(::getpid()));
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun::fuse
