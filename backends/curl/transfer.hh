// SPDX-License-Identifier: GPL-2.0-or-later
// One request on its way: libcurl's callbacks on one side, the caller that
// waits on the other. Knows nothing of the multi handle and of queues.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "backends/curl/engine.hh"
#include "backends/curl/exchange.hh"
#include "backends/curl/handle.hh"
#include "gateway/base/call.hh"
#include "gateway/base/shared_counters.hh"

namespace vfsrun::curl {

/// Shared by the caller and the engine's thread. The sink is used under the
/// lock only, and never again once the caller has given up.
class Transfer {
 public:
  using Ticket = std::uint64_t;

  Transfer(Ticket ticket, Request request, std::string host, Priority priority,
           ResponseSink& sink, SharedCounters& counters)
      : ticket_(ticket),
        request_(std::move(request)),
        host_(std::move(host)),
        priority_(priority),
        counters_(&counters),
        sink_(&sink) {}

  [[nodiscard]] Ticket ticket() const noexcept { return ticket_; }

  /// Where it goes, "scheme://host:port".
  [[nodiscard]] const std::string& host() const noexcept { return host_; }

  [[nodiscard]] Priority priority() const noexcept { return priority_; }

  // The caller's side.

  /// Until finish(), a stop or the deadline. False: the caller gave up; the
  /// engine has to be told.
  bool wait(const Call& call);
  [[nodiscard]] Outcome take_outcome();

  // The engine's side.

  /// Makes the easy handle; an error is the transfer's result.
  Result<CURL*> prepare(const EngineOptions& options, CURLSH* share);

  [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }

  /// Gives the result to the caller, if it still waits, and takes the easy
  /// handle down: it must not be in a multi handle any more.
  void finish(CURLcode code);
  void finish(Error error);

 private:
  static std::size_t header_callback(char* data, std::size_t size,
                                     std::size_t count, void* self);
  static std::size_t body_callback(char* data, std::size_t size,
                                   std::size_t count, void* self);
  static int connected_callback(void* self, char* address, char* local,
                                int port, int local_port);
  bool take_address(std::string_view address);
  bool take_header(std::string_view line);
  bool take_body(std::span<const std::byte> bytes);
  bool deliver_head();
  bool act_on(const Result<Flow>& flow);
  void end(Outcome outcome);
  [[nodiscard]] std::string words_for(CURLcode code, int system_error) const;
  bool set_options(const EngineOptions& options, CURLSH* share);

  const Ticket ticket_;
  const Request request_;
  const std::string host_;
  const Priority priority_;
  SharedCounters* counters_;

  // The engine's thread only.
  EasyHandle easy_;
  HeaderList header_lines_;
  std::string error_text_ = std::string(CURL_ERROR_SIZE, '\0');
  std::size_t header_bytes_ = 0;
  std::size_t header_count_ = 0;
  bool head_delivered_ = false;
  bool enough_ = false;
  bool private_peer_ = false;
  std::optional<Error> sink_error_;
  ResponseHead head_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  ResponseSink* sink_;  ///< null once the caller has left
  bool done_ = false;
  Outcome outcome_;
};

}  // namespace vfsrun::curl
