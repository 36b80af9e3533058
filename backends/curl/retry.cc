// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/retry.hh"

#include <algorithm>

#include "gateway/base/text.hh"

namespace vfsrun::curl {

namespace {

constexpr unsigned tries_without_progress = 3;
constexpr std::chrono::milliseconds first_pause{100};
// A program waits behind us: longer than this it had better be told.
constexpr std::chrono::seconds longest_pause{5};

// The answer of a machine in between, or of a server that is busy; a 500 is
// the application's own and comes again.
bool passing_status(int status) noexcept {
  return status == 408 || status == 425 || status == 429 || status == 502 ||
         status == 503 || status == 504;
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_delay(unsigned failed,
                                                     const Failure& failure,
                                                     double spread) noexcept {
  if (failed >= tries_without_progress) return std::nullopt;
  if (!failure.broke && !passing_status(failure.status)) return std::nullopt;
  if (failure.retry_after && *failure.retry_after > longest_pause)
    return std::nullopt;
  const auto base = first_pause * (1U << (2 * (std::max(failed, 1U) - 1)));
  auto pause = std::chrono::milliseconds(
      base.count() / 2 + static_cast<std::chrono::milliseconds::rep>(
                             static_cast<double>(base.count()) / 2 *
                             std::clamp(spread, 0.0, 1.0)));
  if (failure.retry_after)
    pause = std::max<std::chrono::milliseconds>(pause, *failure.retry_after);
  return pause;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::time_t now) {
  constexpr std::uint64_t a_day = 86'400;
  if (const auto seconds = parse_number(trim(value)))
    return std::chrono::seconds(std::min(*seconds, a_day));
  if (const auto date = parse_http_date(value)) {
    const auto wait = std::max<std::time_t>(*date - now, 0);
    return std::chrono::seconds(
        std::min(static_cast<std::uint64_t>(wait), a_day));
  }
  return std::nullopt;
}

}  // namespace vfsrun::curl
