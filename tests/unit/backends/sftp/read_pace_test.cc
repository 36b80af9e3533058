// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/read_pace.hh"

#include <doctest/doctest.h>

#include <algorithm>

namespace vfsrun::sftp {
namespace {

using namespace std::chrono_literals;
using Clock = ReadPace::Clock;

constexpr std::size_t piece = 256 * 1024;

/// A line of `delay` there and back, to a server that sends `rate` bytes a
/// second. Returns the window after so many answers.
std::size_t settle(ReadPace& pace, Clock::time_point start,
                   Clock::duration delay, double rate, int answers) {
  for (int i = 0; i < answers; ++i) {
    const auto queued = std::chrono::duration<double>(
        static_cast<double>(pace.window()) / rate);
    const auto taken =
        std::max(delay, std::chrono::duration_cast<Clock::duration>(queued));
    start += 1ms;
    pace.answered(piece, start, start + taken);
  }
  return pace.window();
}

TEST_SUITE_BEGIN("backends/sftp/read_pace");

TEST_CASE("a near server that is slower than its line has little to keep") {
  ReadPace pace;
  const Clock::time_point start(1h);
  pace.answered(piece, start, start + 200us);
  CHECK(settle(pace, start, 200us, 180e6, 2000) < 3'000'000);
}

TEST_CASE("a long line is filled") {
  ReadPace pace;
  const Clock::time_point start(1h);
  pace.answered(piece, start, start + 60ms);
  CHECK(settle(pace, start, 60ms, 200e6, 2000) == ReadPace::most);
}

TEST_CASE("nothing that is answered is beyond the bounds") {
  ReadPace pace;
  const Clock::time_point start(1h);
  pace.answered(piece, start, start + 1ms);
  for (int i = 0; i < 100; ++i) pace.answered(piece, start, start + 10s);
  CHECK(pace.window() == ReadPace::least);
  for (int i = 0; i < 100; ++i) pace.answered(piece, start, start);
  CHECK(pace.window() == ReadPace::most);
}

TEST_CASE("a line that has become longer is known after two minutes") {
  ReadPace pace;
  const Clock::time_point start(1h);
  pace.answered(piece, start, start + 1ms);
  CHECK(settle(pace, start, 80ms, 1e9, 100) == ReadPace::least);
  CHECK(settle(pace, start + 61s, 80ms, 1e9, 1) == ReadPace::least);
  CHECK(settle(pace, start + 122s, 80ms, 1e9, 100) == ReadPace::most);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun::sftp
