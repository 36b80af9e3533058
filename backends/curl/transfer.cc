// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/transfer.hh"

#include <fmt/core.h>

#include <algorithm>
#include <new>

#include "backends/curl/address.hh"
#include "backends/curl/errors.hh"
#include "gateway/base/text.hh"

namespace vfsrun::curl {

namespace {

// Far above what honest servers send; a hostile one is cut off here.
constexpr std::size_t max_header_bytes = std::size_t{128} * 1024;
constexpr std::size_t max_header_count = 512;
constexpr long receive_buffer = 256L * 1024;

long to_seconds(std::chrono::milliseconds time) {
  return static_cast<long>(
      std::max<std::int64_t>(1, (time.count() + 999) / 1000));
}

}  // namespace

bool Transfer::wait(const Call& call) {
  std::unique_lock lock(mutex_);
  const bool finished = changed_.wait_until(lock, call.stop, call.deadline,
                                            [this] { return done_; });
  if (finished) return true;
  sink_ = nullptr;
  done_ = true;
  outcome_ = Outcome{};
  if (call.stop.stop_requested()) {
    outcome_.error = Error{EINTR, "stopped"};
  } else {
    outcome_.error =
        Error{ETIMEDOUT, fmt::format("{} did not answer in time", host_)};
  }
  return false;
}

Outcome Transfer::take_outcome() {
  const std::lock_guard lock(mutex_);
  return std::move(outcome_);
}

Result<CURL*> Transfer::prepare(const EngineOptions& options, CURLSH* share) {
  easy_.reset(curl_easy_init());
  if (!easy_) return fail(ENOMEM, "out of memory");
  // As a plain header: CURLOPT_ACCEPT_ENCODING would also decode answers.
  if (!header_lines_.append("Accept-Encoding: identity"))
    return fail(ENOMEM, "out of memory");
  for (const std::string& line : request_.headers) {
    if (!header_lines_.append(line)) return fail(ENOMEM, "out of memory");
  }
  if (!set_options(options, share))
    return fail(EIO, "libcurl refused an option that vfsrun needs");
  return easy_.get();
}

bool Transfer::set_options(const EngineOptions& options, CURLSH* share) {
  CURL* const easy = easy_.get();
  bool good = true;
  const auto set = [&](CURLoption option, auto value) {
    good = curl_easy_setopt(easy, option, value) == CURLE_OK && good;
  };
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_NOBODY, request_.head_only ? 1L : 0L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  // Redirects are followed by HttpFetcher: libcurl would send our headers
  // along to whatever host it is pointed at.
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(request_.small ? CURL_HTTP_VERSION_2TLS
                                       : CURL_HTTP_VERSION_1_1));
  // Until it is known whether the server lets them share a connection.
  set(CURLOPT_PIPEWAIT, request_.small ? 1L : 0L);
  set(CURLOPT_HTTPHEADER, header_lines_.get());
  set(CURLOPT_USERAGENT, "vfsrun/" VFSRUN_VERSION);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  // Without it, taking a transfer away waits for its thread in getaddrinfo.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(
                                     1, request_.connect_timeout.count())));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, to_seconds(request_.stall_timeout));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, receive_buffer);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_SHARE, share);
  set(CURLOPT_HEADERFUNCTION, &Transfer::header_callback);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::body_callback);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &Transfer::connected_callback);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  if (!request_.username.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, request_.username.c_str());
    set(CURLOPT_PASSWORD, request_.password.c_str());
  }
  if (options.proxy) set(CURLOPT_PROXY, options.proxy->c_str());
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.client_cert.empty())
    set(CURLOPT_SSLCERT, options.client_cert.c_str());
  if (!options.client_key.empty())
    set(CURLOPT_SSLKEY, options.client_key.c_str());
  return good;
}

/// CURLOPT_PREREQFUNCTION(3): connected, over a new or an old connection, and
/// nothing of the request is sent yet.
int Transfer::connected_callback(void* self, char* address, char* /*local*/,
                                 int /*port*/, int /*local_port*/) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    return transfer->take_address(address) ? CURL_PREREQFUNC_OK
                                           : CURL_PREREQFUNC_ABORT;
  } catch (...) {
    transfer->sink_error_ = Error{ENOMEM, {}};
  }
  return CURL_PREREQFUNC_ABORT;
}

bool Transfer::take_address(std::string_view address) {
  private_peer_ = is_private_address(address);
  if (!private_peer_ || !request_.public_only) return true;
  sink_error_ = Error{
      EACCES, fmt::format("{} is the private address {}: no public server's "
                          "redirect is followed there; name it yourself",
                          host_, address)};
  return false;
}

std::size_t Transfer::header_callback(char* data, std::size_t size,
                                      std::size_t count, void* self) {
  // libcurl is C: nothing may be thrown through it.
  auto* transfer = static_cast<Transfer*>(self);
  try {
    const std::size_t length = size * count;
    return transfer->take_header({data, length}) ? length : length + 1;
  } catch (const std::bad_alloc&) {
    transfer->sink_error_ = Error{ENOMEM, {}};
  } catch (...) {
    transfer->sink_error_ = Error{EIO, {}};
  }
  return size * count + 1;
}

std::size_t Transfer::body_callback(char* data, std::size_t size,
                                    std::size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  try {
    const std::size_t length = size * count;
    const auto bytes = std::as_bytes(std::span(data, length));
    return transfer->take_body(bytes) ? length : CURL_WRITEFUNC_ERROR;
  } catch (const std::bad_alloc&) {
    transfer->sink_error_ = Error{ENOMEM, {}};
  } catch (...) {
    transfer->sink_error_ = Error{EIO, {}};
  }
  return CURL_WRITEFUNC_ERROR;
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes || ++header_count_ > max_header_count) {
    sink_error_ = Error{
        EIO, fmt::format("{} sent more header fields than is sane", host_)};
    return false;
  }
  if (head_delivered_) return true;  // trailer fields: RFC 9110 section 6.5
  const std::string_view text = trim(line);
  if (line.starts_with("HTTP/")) {
    // "HTTP/1.1 200 OK": a new head begins; the one before was a 1xx.
    head_ = ResponseHead{};
    const std::size_t blank = text.find(' ');
    if (blank != text.npos)
      head_.status =
          static_cast<int>(parse_number(text.substr(blank + 1, 3)).value_or(0));
    return true;
  }
  if (text.empty()) return head_.status < 200 || deliver_head();
  const std::size_t colon = text.find(':');
  if (colon != text.npos) {
    head_.fields.emplace_back(to_lower(trim(text.substr(0, colon))),
                              trim(text.substr(colon + 1)));
  }
  return true;
}

bool Transfer::deliver_head() {
  head_delivered_ = true;
  const std::lock_guard lock(mutex_);
  if (sink_ == nullptr) return false;
  return act_on(sink_->on_head(head_));
}

bool Transfer::take_body(std::span<const std::byte> bytes) {
  counters_->add(Counter::bytes_from_network, bytes.size());
  if (!head_delivered_ && !deliver_head()) return false;
  const std::lock_guard lock(mutex_);
  if (sink_ == nullptr) return false;
  return act_on(sink_->on_body(bytes));
}

bool Transfer::act_on(const Result<Flow>& flow) {
  if (!flow) {
    sink_error_ = flow.error();
    return false;
  }
  enough_ = *flow == Flow::enough;
  return !enough_;
}

std::string Transfer::words_for(CURLcode code, int system_error) const {
  if (code == CURLE_COULDNT_CONNECT && system_error != 0)
    return fail_errno("cannot connect", system_error).value().detail;
  const std::string_view said = error_text_.c_str();
  return std::string(said.empty() ? curl_easy_strerror(code) : said);
}

void Transfer::finish(CURLcode code) {
  Outcome outcome;
  if (sink_error_) {
    outcome.error = std::move(sink_error_);
  } else if (code == CURLE_OK && !head_delivered_) {
    outcome.error = Error{EPROTO, fmt::format("{} sent no HTTP head", host_)};
  } else if (code != CURLE_OK && !enough_) {
    long os_errno = 0;
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_errno);
    const int system_error = static_cast<int>(os_errno);
    outcome.error = Error{errno_of_curl(code, system_error),
                          host_ + ": " + words_for(code, system_error)};
    // Who never answered will not be asked thrice: a program waits.
    outcome.broke = broke_on_the_way(code) &&
                    (head_delivered_ || code != CURLE_OPERATION_TIMEDOUT);
  }
  if (easy_) {
    curl_off_t connected = 0;
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connected);
    outcome.connected = connected > 0;
  }
  outcome.private_peer = private_peer_;
  outcome.head = std::move(head_);
  end(std::move(outcome));
}

void Transfer::finish(Error error) {
  Outcome outcome;
  outcome.error = std::move(error);
  end(std::move(outcome));
}

void Transfer::end(Outcome outcome) {
  // Here and not with the last owner: it uses the share of this thread.
  easy_.reset();
  {
    const std::lock_guard lock(mutex_);
    if (done_) return;
    sink_ = nullptr;
    done_ = true;
    outcome_ = std::move(outcome);
  }
  changed_.notify_all();
}

}  // namespace vfsrun::curl
