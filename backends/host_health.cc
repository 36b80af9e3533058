// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/host_health.hh"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vfsrun {

namespace {
constexpr std::size_t max_hosts = 10'000;
}  // namespace

Result<HostHealth::Ticket> HostHealth::ask(const std::string& host) {
  const Clock::TimePoint now = clock_.now();
  auto hosts = hosts_.lock();
  const auto found = hosts->find(host);
  if (found != hosts->end() && found->second.rest.count() > 0) {
    State& state = found->second;
    if (state.probing || now < state.rests_until) {
      return fail(state.error.code,
                  fmt::format("{} (a moment ago; it is asked again soon)",
                              state.error.detail));
    }
    state.probing = true;
  }
  return Ticket{host, now};
}

void HostHealth::answered(const std::string& host) {
  auto hosts = hosts_.lock();
  if (hosts->size() >= max_hosts && !hosts->contains(host)) hosts->clear();
  State& state = (*hosts)[host];
  state = State{};
  state.answered = clock_.now();
}

void HostHealth::silent(const Ticket& ticket, const Error& error,
                        bool connected) {
  auto hosts = hosts_.lock();
  if (hosts->size() >= max_hosts && !hosts->contains(ticket.host))
    hosts->clear();
  State& state = (*hosts)[ticket.host];
  state.probing = false;
  if (state.answered > ticket.begun) return;
  if (connected && !std::exchange(state.hung_once, true)) return;
  state.rest = state.rest.count() == 0 ? first_rest
                                       : std::min(state.rest * 2, longest_rest);
  state.rests_until = clock_.now() + state.rest;
  state.error = error;
}

void HostHealth::given_up(const Ticket& ticket) {
  auto hosts = hosts_.lock();
  const auto found = hosts->find(ticket.host);
  if (found != hosts->end()) found->second.probing = false;
}

}  // namespace vfsrun
