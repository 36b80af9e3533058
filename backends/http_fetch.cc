// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_fetch.hh"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "backends/curl/errors.hh"
#include "backends/curl/retry.hh"
#include "backends/curl/url.hh"
#include "gateway/base/log.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

using curl::Flow;
using curl::ResponseHead;

constexpr unsigned max_redirects = 10;
constexpr std::size_t max_redirected = 10'000;
/// Signed targets are good for minutes at least.
constexpr std::chrono::seconds redirect_time{30};
// Reading a page that nobody wants keeps its connection; up to here that is
// cheaper than a new one.
constexpr std::uint64_t max_unwanted_body = std::uint64_t{64} * 1024;
// However much progress each try makes, a range ends some time.
constexpr unsigned max_tries = 64;

bool is_redirect(const ResponseHead& head) {
  return (head.status == 301 || head.status == 302 || head.status == 303 ||
          head.status == 307 || head.status == 308) &&
         head.find("location") != nullptr;
}

bool is_for_job(int status) {
  return (status >= 200 && status < 300) || status == 304 || status == 412 ||
         status == 416;
}

/// Lets the job see the response it is for, and swallows the others.
class Gate final : public curl::ResponseSink {
 public:
  explicit Gate(FetchJob& job) : job_(&job) {}

  Result<Flow> on_head(const ResponseHead& head) override {
    open_ = !is_redirect(head) && is_for_job(head.status);
    if (open_) return job_->on_head(head);
    return head.content_length().value_or(0) > max_unwanted_body ? Flow::enough
                                                                 : Flow::more;
  }

  Result<Flow> on_body(std::span<const std::byte> bytes) override {
    if (open_) return job_->on_body(bytes);
    swallowed_ += bytes.size();
    return swallowed_ > max_unwanted_body ? Flow::enough : Flow::more;
  }

 private:
  FetchJob* job_;
  bool open_ = false;
  std::uint64_t swallowed_ = 0;
};

std::string without_query(const std::string& url) {
  const std::size_t question = url.find('?');
  // A query may hold what is nobody's business.
  return question == url.npos ? url : url.substr(0, question) + "?…";
}

/// `to` is `from` with a '/' behind its path, on whatever host.
bool adds_slash(const std::string& from, const std::string& to) {
  const auto a = curl::parse_url(from);
  const auto b = curl::parse_url(to);
  if (!a || !b) return false;
  return percent_decode(a->path) + "/" == percent_decode(b->path) &&
         (b->query.empty() || b->query == a->query);
}

/// False when stopped or past the deadline.
bool pause(std::chrono::milliseconds time, const Call& call) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const auto until = std::chrono::steady_clock::now() + time;
  if (until >= call.deadline) return false;
  (void)never.wait_until(lock, call.stop, until, [] { return false; });
  return !call.stop.stop_requested();
}

double random_share() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace

struct HttpFetcher::Attempt {
  std::optional<Error> error;
  curl::Failure failure;
  FetchEnd end;
};

HttpFetcher::HttpFetcher(const HttpEngines& engines, const HttpOptions& options)
    : engines_(engines), options_(options), credentials_(options) {}

/// One request and its answer. What the user configured is for the origin
/// that the user named: elsewhere nothing of it is sent.
curl::Outcome HttpFetcher::ask_once(const FetchEnd& at,
                                    const curl::UrlParts& first, FetchJob& job,
                                    curl::ResponseSink& sink, Call& call) {
  curl::Request request;
  request.url = at.url;
  request.head_only = job.head_only();
  request.headers = job.headers();
  request.connect_timeout = options_.connect_timeout;
  request.stall_timeout = options_.stall_timeout;
  request.small = job.small();
  const auto here = curl::parse_url(at.url);
  if (!here || !here->same_origin(first)) {
    request.public_only = at.public_only;
    return engines_.others->perform(request, sink, call);
  }
  for (const auto& [name, value] : options_.headers)
    request.headers.push_back(fmt::format("{}: {}", name, value));
  curl::Outcome outcome;
  for (;;) {
    curl::Request with = request;
    Result<HttpIdentity> identity = credentials_.identity(first, call);
    if (!identity) {
      outcome = curl::Outcome{};
      outcome.error = std::move(identity).error();
      return outcome;
    }
    with.username = identity->login.user;
    with.password = identity->login.password;
    if (!identity->token.empty())
      with.headers.push_back("Authorization: Bearer " + identity->token);
    outcome = engines_.own->perform(with, sink, call);
    if (outcome.head.status == 401 && credentials_.refused(first)) continue;
    if (outcome.head.status != 401 && outcome.head.status != 0)
      credentials_.accepted(first);
    return outcome;
  }
}

/// The same, unless the host was silent a moment ago.
HttpFetcher::Attempt HttpFetcher::ask_healthy(
    const std::string& first_url, FetchJob& job, Call& call,
    const std::function<void()>& answered) {
  const auto parts = curl::parse_url(first_url);
  if (!parts) return Attempt{parts.error(), {}, {}};
  auto ticket = health_.ask(parts->scheme + "://" + parts->authority());
  if (!ticket) return Attempt{std::move(ticket).error(), {}, {}};
  bool heard = false;
  bool connected = false;
  Attempt out = attempt(
      first_url, job, call,
      [&] {
        heard = true;
        health_.answered(ticket->host);
        answered();
      },
      connected);
  if (heard) return out;
  const int code = out.error ? out.error->code : 0;
  // One that was not willing to wait tells nothing of the host.
  const bool impatient =
      clock_.now() >= call.deadline &&
      clock_.now() - ticket->begun < options_.connect_timeout;
  if (!call.stop.stop_requested() && !impatient &&
      (code == ETIMEDOUT || code == EHOSTUNREACH || code == ENETUNREACH)) {
    health_.silent(*ticket, *out.error, connected);
  } else {
    health_.given_up(*ticket);
  }
  return out;
}

/// Where a part of a file is asked for: blocks do not pay for a redirect each.
FetchEnd HttpFetcher::start_of(const std::string& url, const FetchJob& job) {
  FetchEnd start;
  start.url = url;
  if (!job.is_part()) return start;
  auto redirected = redirected_.lock();
  const auto found = redirected->find(url);
  if (found == redirected->end()) return start;
  if (clock_.now() < found->second.until) {
    start.url = found->second.url;
    start.public_only = found->second.public_only;
  } else {
    redirected->erase(found);
  }
  return start;
}

void HttpFetcher::remember(const std::string& url, const FetchEnd& end) {
  if (end.url == url) return;
  auto redirected = redirected_.lock();
  if (redirected->size() >= max_redirected) redirected->clear();
  redirected->insert_or_assign(
      url, Redirected{end.url, end.public_only, clock_.now() + redirect_time});
}

HttpFetcher::Attempt HttpFetcher::attempt(const std::string& first_url,
                                          FetchJob& job, Call& call,
                                          const std::function<void()>& answered,
                                          bool& connected) {
  Attempt out;
  out.end = start_of(first_url, job);
  std::string& url = out.end.url;
  const auto first = curl::parse_url(first_url);
  bool remembered = url != first_url;
  for (unsigned hops = 0;; ++hops) {
    Gate gate(job);
    curl::Outcome outcome = ask_once(out.end, *first, job, gate, call);
    connected = outcome.connected;
    if (url == first_url) out.end.public_only = !outcome.private_peer;
    out.end.head = std::move(outcome.head);
    const ResponseHead& head = out.end.head;
    out.failure.status = head.status;
    out.failure.broke = outcome.broke;
    if (url == first_url && head.status != 0) answered();
    // A place that was good for a while only: begin anew.
    if (std::exchange(remembered, false) &&
        (head.status == 0 || head.status >= 400) &&
        !call.stop.stop_requested()) {
      redirected_.lock()->erase(first_url);
      out = Attempt{};
      url = first_url;
      continue;
    }
    // A redirect or a refusal counts even where its page broke off.
    if (is_redirect(head) && (!outcome.error || outcome.broke)) {
      out.failure = curl::Failure{};
      auto next = curl::resolve_redirect(url, *head.find("location"));
      if (!next) {
        out.error = Error{
            next.error().code,
            fmt::format("{}: {}", without_query(url), next.error().detail)};
        return out;
      }
      if (adds_slash(url, *next)) {
        out.error = Error{EISDIR, without_query(url) + " is a directory"};
        return out;
      }
      if (hops + 1 > max_redirects) {
        out.error =
            Error{ELOOP, fmt::format("{}: more than {} redirects",
                                     without_query(first_url), max_redirects)};
        return out;
      }
      url = *std::move(next);
      continue;
    }
    if (outcome.error &&
        !(outcome.broke && head.status != 0 && !is_for_job(head.status))) {
      out.error = std::move(outcome.error);
      return out;
    }
    if (!is_for_job(head.status)) {
      if (const std::string* after = head.find("retry-after"))
        out.failure.retry_after =
            curl::parse_retry_after(*after, std::time(nullptr));
      out.failure.broke = false;
      const int code = curl::errno_of_status(head.status);
      out.error =
          Error{code == 0 ? EIO : code,
                fmt::format("{}: the server answered {}", without_query(url),
                            curl::describe_status(head.status))};
    }
    return out;
  }
}

Result<FetchEnd> HttpFetcher::run(const std::string& url, FetchJob& job,
                                  Call& call,
                                  const std::function<void()>& answered) {
  unsigned failed = 0;
  for (unsigned tries = 1;; ++tries) {
    const std::uint64_t kept_before = job.kept();
    Attempt tried = ask_healthy(url, job, call, answered);
    if (!tried.error && job.complete()) {
      remember(url, tried.end);
      return std::move(tried.end);
    }
    if (!tried.error) {
      tried.failure.broke = true;
      tried.error = Error{EIO, fmt::format("{}: the body is shorter than "
                                           "what was promised",
                                           without_query(url))};
    }
    if (tried.error->code == EINTR || !job.repeatable() || tries >= max_tries)
      return tl::unexpected(*std::move(tried.error));
    failed = job.kept() > kept_before ? 1 : failed + 1;
    const auto delay = curl::retry_delay(failed, tried.failure, random_share());
    if (!delay || call.deadline <= std::chrono::steady_clock::now())
      return tl::unexpected(*std::move(tried.error));
    LOG(debug, "{}; asking again in {} ms", tried.error->detail,
        delay->count());
    if (!pause(*delay, call)) {
      if (call.stop.stop_requested()) return fail(EINTR, "stopped");
      return tl::unexpected(*std::move(tried.error));
    }
  }
}

}  // namespace vfsrun
