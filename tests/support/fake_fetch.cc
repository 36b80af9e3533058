// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_fetch.hh"

#include <algorithm>

namespace vfsrun::test {

std::vector<std::byte> pattern(ByteRange range) {
  std::vector<std::byte> bytes(range.size);
  for (std::uint64_t i = 0; i < range.size; ++i) {
    const std::uint64_t at = range.offset + i;
    // No two blocks or pages alike.
    bytes[i] = static_cast<std::byte>((at * 2654435761U) >> 13 ^ at >> 20);
  }
  return bytes;
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Gate::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

bool Gate::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  ++arrivals_;
  changed_.notify_all();
  return changed_.wait(lock, stop, [this] { return open_; });
}

void Gate::await_arrivals(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return arrivals_ >= count; });
}

Result<void> FakeFetch::operator()(ByteRange range, const ByteSink& sink,
                                   Call& call) const {
  {
    const std::lock_guard lock(state_->mutex);
    state_->requests.push_back(range);
  }
  return answer_(range, sink, call);
}

std::vector<ByteRange> FakeFetch::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

Result<void> FakeFetch::stream(ByteRange range, const ByteSink& sink,
                               Call& call) {
  constexpr std::size_t piece = 10'000;
  const auto bytes = pattern(range);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (call.stop.stop_requested()) return fail(EINTR);
    TRY(sink(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at))));
  }
  return {};
}

}  // namespace vfsrun::test
