// SPDX-License-Identifier: GPL-2.0-or-later
// How SftpBackend asks a host: for its two .cc files only.
#pragma once

#include "backends/sftp/sftp.hh"

namespace vfsrun {

template <class Ask>
auto SftpBackend::ask(const Spot& spot, sftp::Repeat repeat, const Call& call,
                      Ask what)
    -> decltype(what(std::shared_ptr<sftp::Connection>())) {
  auto answer = spot.remote->with_connection(
      repeat, call, [&](const std::shared_ptr<sftp::Connection>& connection) {
        counters_->add(Counter::requests);
        return what(connection);
      });
  if (answer) answered_hosts_.lock()->insert(spot.name);
  return answer;
}

}  // namespace vfsrun
