// SPDX-License-Identifier: GPL-2.0-or-later
// An engine with counters, and a sink that keeps what comes. Header only: for
// the tests of backends/curl/, which link it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "backends/curl/engine.hh"
#include "tests/support/http_rig.hh"

namespace vfsrun::test {

using curl::Engine;
using curl::EngineOptions;
using curl::Flow;
using curl::Outcome;
using curl::Request;
using curl::ResponseHead;
using curl::ResponseSink;

/// Keeps what comes; `then_` may decide otherwise.
class Collector : public ResponseSink {
 public:
  Result<Flow> on_head(const ResponseHead& head) override {
    head_ = head;
    ++heads_;
    return Flow::more;
  }

  Result<Flow> on_body(std::span<const std::byte> bytes) override {
    body_ += as_text(bytes);
    if (then_) return then_();
    return Flow::more;
  }

  ResponseHead head_;
  int heads_ = 0;
  std::string body_;
  std::function<Result<Flow>()> then_;
};

struct EngineRig {
  SharedCounters counters = SharedCounters::create().value();
  std::unique_ptr<Engine> engine;

  explicit EngineRig(EngineOptions options = HttpRig::engine_options())
      : engine(Engine::create(counters, options).value()) {}

  Outcome get(const std::string& url, ResponseSink& sink, Call call = {}) {
    Request request;
    request.url = url;
    request.stall_timeout = std::chrono::seconds(1);
    return engine->perform(request, sink, call);
  }
};

inline int code(const Outcome& outcome) {
  return outcome.error ? outcome.error->code : 0;
}

}  // namespace vfsrun::test
