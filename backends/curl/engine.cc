// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/engine.hh"

#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>
#include <vector>

#include "backends/curl/admission.hh"
#include "backends/curl/handle.hh"
#include "backends/curl/transfer.hh"
#include "backends/curl/url.hh"
#include "gateway/base/guarded.hh"

namespace vfsrun::curl {

namespace {

// Connections that stand idle for the next request, of all hosts together.
constexpr long idle_connections = 64;
constexpr int poll_milliseconds = 60'000;

/// curl_global_init(3) is thread-safe since 7.84, and need not be undone.
bool library_ready() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK;
}

}  // namespace

EngineOptions EngineOptions::from_environment() {
  EngineOptions options;
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* file = std::getenv(name);
    if (file == nullptr || *file == '\0') continue;
    options.ca_file = file;
    break;
  }
  return options;
}

/// What the thread works on. Callers reach it through `inbox_` only.
class Engine::Loop {
 public:
  Loop(MultiHandle multi, ShareHandle share, SharedCounters& counters,
       EngineOptions options)
      : options_(std::move(options)),
        counters_(&counters),
        share_(std::move(share)),
        multi_(std::move(multi)),
        admission_(options_.connections_per_host, options_.connections) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  ~Loop() {
    thread_.request_stop();
    (void)curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  [[nodiscard]] SharedCounters& counters() const noexcept { return *counters_; }

  Transfer::Ticket next_ticket() noexcept {
    return last_ticket_.fetch_add(1) + 1;
  }

  void submit(std::shared_ptr<Transfer> transfer) {
    inbox_.lock()->arrived.push_back(std::move(transfer));
    (void)curl_multi_wakeup(multi_.get());
  }

  void hurry(Transfer::Ticket ticket) {
    inbox_.lock()->hurried.push_back(ticket);
    (void)curl_multi_wakeup(multi_.get());
  }

  void abandon(Transfer::Ticket ticket) {
    inbox_.lock()->abandoned.push_back(ticket);
    (void)curl_multi_wakeup(multi_.get());
  }

 private:
  struct Inbox {
    std::vector<std::shared_ptr<Transfer>> arrived;
    std::vector<Transfer::Ticket> hurried;
    std::vector<Transfer::Ticket> abandoned;
  };

  void run(const std::stop_token& stop);
  void take_inbox();
  void start_what_may();
  void start(Transfer& transfer);
  void reap();
  /// Out of all tables and of the multi handle; null where it has gone.
  std::shared_ptr<Transfer> release(Transfer::Ticket ticket);

  const EngineOptions options_;
  SharedCounters* counters_;
  std::atomic<Transfer::Ticket> last_ticket_ = 0;
  Guarded<Inbox> inbox_;

  // The thread's own. An easy handle of a transfer uses the share, and sits
  // in the multi handle until release(): hence this order.
  ShareHandle share_;
  MultiHandle multi_;
  Admission admission_;
  std::map<Transfer::Ticket, std::shared_ptr<Transfer>> transfers_;
  std::jthread thread_;
};

void Engine::Loop::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    take_inbox();
    start_what_may();
    int active = 0;
    (void)curl_multi_perform(multi_.get(), &active);
    const std::size_t before = transfers_.size();
    reap();
    // A place has become free: look for whom before going to sleep.
    if (transfers_.size() != before) continue;
    // Returns at once where curl_multi_wakeup(3) was called before.
    (void)curl_multi_poll(multi_.get(), nullptr, 0, poll_milliseconds, nullptr);
  }
  take_inbox();
  while (!transfers_.empty()) {
    const auto transfer = release(transfers_.begin()->first);
    transfer->finish(Error{EIO, "the gateway is shutting down"});
  }
}

void Engine::Loop::take_inbox() {
  Inbox inbox;
  std::swap(*inbox_.lock(), inbox);
  for (auto& transfer : inbox.arrived) {
    admission_.enqueue(transfer->ticket(), transfer->host(),
                       transfer->priority());
    const Transfer::Ticket ticket = transfer->ticket();
    transfers_.emplace(ticket, std::move(transfer));
  }
  for (const Transfer::Ticket ticket : inbox.hurried) admission_.hurry(ticket);
  for (const Transfer::Ticket ticket : inbox.abandoned) {
    // Its caller has its answer already; the handle is ours to take down.
    if (const auto transfer = release(ticket))
      transfer->finish(Error{EINTR, {}});
  }
}

void Engine::Loop::start_what_may() {
  while (const auto ticket = admission_.next()) {
    start(*transfers_.at(*ticket));
  }
}

void Engine::Loop::start(Transfer& transfer) {
  const Result<CURL*> easy = transfer.prepare(options_, share_.get());
  if (easy && curl_multi_add_handle(multi_.get(), *easy) == CURLM_OK) {
    counters_->add(Counter::requests);
    return;
  }
  const auto kept = release(transfer.ticket());
  kept->finish(easy ? Error{ENOMEM, "out of memory"} : easy.error());
}

void Engine::Loop::reap() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* own = nullptr;
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &own);
    // First back to the pool: a caller that goes on at once finds the
    // connection there.
    const auto kept = release(static_cast<Transfer*>(own)->ticket());
    kept->finish(code);
  }
}

std::shared_ptr<Transfer> Engine::Loop::release(Transfer::Ticket ticket) {
  const auto found = transfers_.find(ticket);
  if (found == transfers_.end()) return nullptr;
  std::shared_ptr<Transfer> transfer = std::move(found->second);
  if (CURL* easy = transfer->easy(); easy != nullptr)
    (void)curl_multi_remove_handle(multi_.get(), easy);
  admission_.remove(ticket);
  transfers_.erase(found);
  return transfer;
}

Engine::Engine(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(SharedCounters& counters,
                                               const EngineOptions& options) {
  if (!library_ready()) return fail(EIO, "libcurl cannot start");
  MultiHandle multi(curl_multi_init());
  ShareHandle share(curl_share_init());
  if (!multi || !share) return fail(ENOMEM, "libcurl cannot start: no memory");
  // No lock functions are needed: one thread uses the share.
  const bool good =
      curl_share_setopt(share.get(), CURLSHOPT_SHARE,
                        CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK &&
      curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, idle_connections) ==
          CURLM_OK &&
      curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                        static_cast<long>(options.connections_per_host)) ==
          CURLM_OK;
  if (!good) return fail(EIO, "libcurl refused an option that vfsrun needs");
  auto loop = std::make_unique<Loop>(std::move(multi), std::move(share),
                                     counters, options);
  return std::unique_ptr<Engine>(new Engine(std::move(loop)));
}

Outcome Engine::perform(const Request& request, ResponseSink& sink,
                        Call& call) {
  Outcome outcome;
  if (call.stop.stop_requested()) {
    outcome.error = Error{EINTR, "stopped"};
    return outcome;
  }
  Result<UrlParts> url = parse_url(request.url);
  if (!url) {
    outcome.error = std::move(url).error();
    return outcome;
  }
  const auto transfer = std::make_shared<Transfer>(
      loop_->next_ticket(), request, url->scheme + "://" + url->authority(),
      call.priority, sink, loop_->counters());
  loop_->submit(transfer);
  const std::stop_callback hurried(call.hurry,
                                   [&] { loop_->hurry(transfer->ticket()); });
  if (!transfer->wait(call)) loop_->abandon(transfer->ticket());
  return transfer->take_outcome();
}

}  // namespace vfsrun::curl
