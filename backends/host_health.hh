// SPDX-License-Identifier: GPL-2.0-or-later
// Which hosts do not answer: whoever asks one of them again is told at once
// instead of waiting as long as the first one did. Thread-safe. Knows no
// protocol.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "gateway/base/clock.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/result.hh"

namespace vfsrun {

class HostHealth {
 public:
  static constexpr std::chrono::seconds first_rest{2};
  static constexpr std::chrono::seconds longest_rest{30};

  explicit HostHealth(const Clock& clock) : clock_(clock) {}

  /// A request to `host` that began when this was made.
  struct Ticket {
    std::string host;
    Clock::TimePoint begun;
  };

  /// The error of the last failure while the host rests. After that one
  /// request goes as a probe; the others are told the same until it is back.
  Result<Ticket> ask(const std::string& host);

  /// The host sent something.
  void answered(const std::string& host);
  /// It sent nothing for as long as the request was willing to wait. Where it
  /// answered somebody else meanwhile, only that request is slow.
  /// A host that was `connected` is left alone from the second time on: it may
  /// be one page of it that hangs.
  void silent(const Ticket& ticket, const Error& error, bool connected);
  /// The request ended for other reasons, and tells nothing.
  void given_up(const Ticket& ticket);

 private:
  struct State {
    Clock::TimePoint answered;
    Clock::TimePoint rests_until;
    std::chrono::seconds rest{0};  ///< 0: all is well
    bool probing = false;
    bool hung_once = false;
    Error error;
  };

  const Clock& clock_;
  Guarded<std::map<std::string, State>> hosts_;
};

}  // namespace vfsrun
