// SPDX-License-Identifier: GPL-2.0-or-later
// An http backend in front of a scripted server, with what tests ask most.
// Header only: for the tests of backends/, which link it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backends/http.hh"
#include "tests/support/stub_http_server.hh"

namespace vfsrun::test {

/// Bytes that tell where in the file they are.
inline std::string numbered_bytes(std::size_t size) {
  std::string out;
  out.reserve(size + 8);
  while (out.size() < size) out += std::to_string(out.size()) + ",";
  out.resize(size);
  return out;
}

inline std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class HttpRig {
 public:
  explicit HttpRig(StubHttpServer::Script script, HttpOptions options = {},
                   std::string_view url = {})
      : server_(std::move(script)),
        counters_(SharedCounters::create().value()),
        engine_(curl::Engine::create(counters_, engine_options()).value()) {
    Mount mount;
    mount.url = url.empty() ? server_.url() : url;
    mount.http = std::move(options);
    backend_ = HttpBackend::create(mount, *engine_, counters_).value();
  }

  /// No proxy of the environment's: the servers are on loopback.
  static curl::EngineOptions engine_options() {
    curl::EngineOptions options;
    options.proxy = "";
    return options;
  }

  [[nodiscard]] StubHttpServer& server() { return server_; }

  [[nodiscard]] Backend& backend() { return *backend_; }

  [[nodiscard]] std::uint64_t count(Counter counter) const {
    return counters_.value(counter);
  }

  Result<Probe> stat(std::string_view path, const Attr* known = nullptr) {
    Call call;
    return backend_->stat(VPath::parse(path).value(), known, call);
  }

  Result<std::vector<DirEntry>> list(std::string_view path) {
    Call call;
    return TRY(backend_->list(VPath::parse(path).value(), call)).entries;
  }

  Result<std::string> read(std::string_view path, ByteRange range,
                           const Version& expected) {
    Call call;
    std::string text;
    const auto sink = [&](std::span<const std::byte> bytes) -> Result<void> {
      text += as_text(bytes);
      return {};
    };
    TRY(backend_->read(VPath::parse(path).value(), range, expected, sink,
                       call));
    return text;
  }

  Result<std::pair<Attr, std::string>> read_whole(std::string_view path) {
    Call call;
    std::string text;
    const auto sink = [&](std::span<const std::byte> bytes) -> Result<void> {
      text += as_text(bytes);
      return {};
    };
    Attr attr =
        TRY(backend_->read_whole(VPath::parse(path).value(), sink, call));
    return std::pair(std::move(attr), std::move(text));
  }

 private:
  StubHttpServer server_;
  SharedCounters counters_;
  std::unique_ptr<curl::Engine> engine_;
  std::unique_ptr<Backend> backend_;
};

/// The errno of a failed Result, 0 for a good one.
template <class T>
int code_of(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

}  // namespace vfsrun::test
