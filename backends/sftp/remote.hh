// SPDX-License-Identifier: GPL-2.0-or-later
// One host as one mount sees it: its connections, and how a question to it is
// asked again where the connection broke. Any thread.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>

#include "backends/sftp/pool.hh"
#include "gateway/base/log.hh"

namespace vfsrun::sftp {

/// What may be asked again although it may have been done already.
enum class Repeat : std::uint8_t { harmless, never };

class Remote {
 public:
  static constexpr int most_tries = 4;

  explicit Remote(Pool::Settings settings)
      : label_(settings.label), pool_(std::move(settings)) {}

  [[nodiscard]] const std::string& label() const noexcept { return label_; }

  [[nodiscard]] Pool& pool() noexcept { return pool_; }

  /// Gives `ask` a connection (a shared_ptr) and its answer back. What is
  /// lost on the way is asked again where that is right; else EIO. What went
  /// wrong is logged, what the server merely refuses is not.
  template <class Ask>
  auto with_connection(Repeat repeat, const Call& call, Ask ask)
      -> decltype(ask(std::shared_ptr<Connection>()));

  /// The one line of a failure that is no ordinary answer; the errno that a
  /// program sees.
  Error reported(Error error) const;

 private:
  std::string label_;
  Pool pool_;
};

template <class Ask>
auto Remote::with_connection(Repeat repeat, const Call& call, Ask ask)
    -> decltype(ask(std::shared_ptr<Connection>())) {
  Pool::Away away = Pool::Away::fail;
  for (int left = most_tries;; --left) {
    const std::shared_ptr<Connection> connection = TRY(pool_.get(away, call));
    auto answer = ask(connection);
    if (answer) return answer;
    const int code = answer.error().code;
    const bool again =
        code == never_sent || (is_lost(code) && repeat == Repeat::harmless);
    if (!again || left == 1)
      return tl::unexpected(reported(std::move(answer).error()));
    away = Pool::Away::wait;
  }
}

}  // namespace vfsrun::sftp
