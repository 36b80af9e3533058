// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http.hh"

#include <fmt/core.h>

#include "backends/curl/url.hh"
#include "backends/http_jobs.hh"
#include "backends/listing.hh"
#include "gateway/base/log.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

constexpr std::size_t max_answered_hosts = 10'000;
constexpr std::chrono::seconds longest_parse{30};

std::string label_of(const HttpTarget& target) {
  const std::size_t question = target.url.find('?');
  return question == std::string::npos ? target.url
                                       : target.url.substr(0, question) + "?…";
}

/// The one line that a failure gets. What is ordinary is for -v only, and
/// keeps no words: whoever is told ENOENT has been told everything.
template <class T>
Result<T> reported(Result<T> result) {
  if (result) return result;
  Error& error = result.error();
  switch (error.code) {
    case ENOENT:
    case ENOSYS:
    case ENOTDIR:
    case EISDIR:
    case EINTR:
      LOG(debug, "{}", error.detail);
      error.detail.clear();
      break;
    default:
      LOG(warn, "{}", error.detail);
  }
  return result;
}

Attr directory_attr() {
  Attr attr;
  attr.kind = Kind::directory;
  return attr;
}

HttpOptions options_of(const Mount& mount, const HttpUrls& urls) {
  HttpOptions options = mount.http;
  if (!urls.username().empty()) {
    options.user = urls.username();
    options.password.text = urls.password();
  }
  return options;
}

std::string origin_of(const std::string& url) {
  const auto parts = curl::parse_url(url);
  return parts ? parts->scheme + "://" + parts->authority() : std::string();
}

std::string path_of(const std::string& url) {
  const auto parts = curl::parse_url(url);
  return parts ? percent_decode(parts->path) : std::string();
}

}  // namespace

HttpBackend::HttpBackend(HttpUrls urls, const Mount& mount,
                         const HttpEngines& engines, SharedCounters& counters)
    : urls_(std::move(urls)),
      file_mode_(mount.http.file_mode),
      counters_(&counters),
      fetcher_(engines, options_of(mount, urls_)) {}

Result<std::unique_ptr<Backend>> HttpBackend::create(const Mount& mount,
                                                     const HttpEngines& engines,
                                                     SharedCounters& counters) {
  HttpUrls urls = TRY(HttpUrls::parse(mount));
  return std::unique_ptr<Backend>(
      new HttpBackend(std::move(urls), mount, engines, counters));
}

Result<FetchEnd> HttpBackend::fetch(const HttpTarget& target, FetchJob& job,
                                    Call& call) {
  return fetcher_.run(target.url, job, call, [&] {
    if (target.host.empty()) return;
    auto hosts = answered_hosts_.lock();
    if (hosts->size() < max_answered_hosts) hosts->insert(target.host);
  });
}

Result<Probe> HttpBackend::stat(const VPath& path, const Attr* known,
                                Call& call) {
  const HttpTarget target = TRY(urls_.file(path));
  if (target.root) return Probe{directory_attr(), {}};
  ProbeJob first(label_of(target), known, ProbeJob::Ask::first_block);
  Result<FetchEnd> end = fetch(target, first, call);
  if (!end && end.error().code == EISDIR) return Probe{directory_attr(), {}};
  if (!end) return reported(Result<Probe>(tl::unexpected(end.error())));
  if (first.unchanged()) return std::move(first).take();
  Probe probe;
  if (first.range_refused()) {
    ProbeJob whole(label_of(target), nullptr, ProbeJob::Ask::whole);
    end = fetch(target, whole, call);
    if (!end) return reported(Result<Probe>(tl::unexpected(end.error())));
    probe = std::move(whole).take();
  } else {
    probe = std::move(first).take();
  }
  probe.attr.mode = file_mode_;
  return probe;
}

/// Nothing where a GET may tell more: a server that refuses HEAD may answer
/// it with any status.
Result<std::optional<Attr>> HttpBackend::ask_head(const HttpTarget& target,
                                                  const Attr* known,
                                                  Call& call) {
  HeadJob job(label_of(target), known);
  const Result<FetchEnd> end = fetch(target, job, call);
  if (!end) {
    switch (end.error().code) {
      case EISDIR:
        return directory_attr();
      case EINTR:
      case ETIMEDOUT:
      case ECONNREFUSED:
      case EHOSTUNREACH:
      case ENETUNREACH:
        return tl::unexpected(end.error());
      default:
        LOG(debug, "HEAD: {}", end.error().detail);
        return std::nullopt;
    }
  }
  std::optional<Attr> attr = job.attr();
  if (attr) attr->mode = file_mode_;
  return attr;
}

Result<Attr> HttpBackend::attributes(const VPath& path, const Attr* known,
                                     Call& call) {
  const HttpTarget target = TRY(urls_.file(path));
  if (target.root) return directory_attr();
  const std::string origin = origin_of(target.url);
  const bool refused = without_head_.lock()->contains(origin);
  if (!refused) {
    auto attr = TRY(reported(ask_head(target, known, call)));
    if (attr) return *std::move(attr);
  }
  Probe probe = TRY(stat(path, known, call));
  // An empty file is no reason: HEAD says 0 for those too.
  if (!refused && probe.attr.size != 0) {
    auto origins = without_head_.lock();
    if (origins->size() < max_answered_hosts) origins->insert(origin);
  }
  return std::move(probe.attr);
}

Result<DirListing> HttpBackend::list(const VPath& path, Call& call) {
  const HttpTarget target = TRY(urls_.directory(path));
  if (target.url.empty()) {
    std::vector<DirEntry> hosts;
    auto answered = answered_hosts_.lock();
    for (const std::string& host : *answered)
      hosts.push_back({host, Kind::directory, {}, {}, {}});
    return hosts;
  }
  return reported(list_page(target, call));
}

Result<DirListing> HttpBackend::list_page(const HttpTarget& target,
                                          Call& call) {
  const std::string label = label_of(target);
  PageJob job(label);
  Result<FetchEnd> end = fetch(target, job, call);
  if (!end && end.error().code == EISDIR)
    return fail(ENOSYS, label + ": the redirects lead nowhere");
  if (!end) return tl::unexpected(std::move(end).error());
  const std::string asked = path_of(target.url);
  const std::string got = path_of(end->url);
  if (got + "/" == asked) return fail(ENOTDIR, label + " is a file");
  // Names on another page are not names of this place: a login, a welcome.
  if (got != asked)
    return fail(ENOSYS, fmt::format("{} leads to another page", label));
  ListingLimits limits;
  const auto until =
      std::min(call.deadline, std::chrono::steady_clock::now() + longest_parse);
  limits.give_up = [&] {
    return call.stop.stop_requested() ||
           std::chrono::steady_clock::now() >= until;
  };
  Result<ParsedListing> listing =
      parse_listing(job.type(), job.page(), end->url, limits);
  if (!listing) {
    int code = listing.error().code;
    if (code == EINTR && !call.stop.stop_requested()) code = ETIMEDOUT;
    return fail(code, fmt::format("{}: {}", label,
                                  code == ENOSYS ? "not an index page"
                                                 : listing.error().detail));
  }
  if (listing->dropped > 0) {
    counters_->add(Counter::names_dropped, listing->dropped);
    LOG(debug, "{}: {} links of the index page are no names, dropped", label,
        listing->dropped);
  }
  DirListing found(std::move(listing->entries));
  found.complete = listing->complete;
  return found;
}

Result<void> HttpBackend::read(const VPath& path, ByteRange range,
                               const Version& expected, const ByteSink& sink,
                               Call& call) {
  const HttpTarget target = TRY(urls_.file(path));
  if (target.root) return fail(EISDIR);
  if (range.size == 0) return {};
  if (range.size > UINT64_MAX - range.offset) return fail(EINVAL);
  RangeJob job(label_of(target), range, expected, sink);
  Result<FetchEnd> end = fetch(target, job, call);
  if (end) return {};
  // An open file is read in many ranges, some of them ahead and some tried
  // again by the kernel: whoever holds it open tells of a failure once.
  if (!job.sink_failed()) LOG(debug, "{}", end.error().detail);
  return tl::unexpected(std::move(end).error());
}

Result<Attr> HttpBackend::read_whole(const VPath& path, const ByteSink& sink,
                                     Call& call) {
  const HttpTarget target = TRY(urls_.file(path));
  if (target.root) return fail(EISDIR);
  WholeJob job(label_of(target), sink);
  Result<FetchEnd> end = fetch(target, job, call);
  if (!end) {
    Result<Attr> failed = tl::unexpected(std::move(end).error());
    return job.sink_failed() ? failed : reported(std::move(failed));
  }
  Attr attr = job.attr();
  attr.mode = file_mode_;
  return attr;
}

}  // namespace vfsrun
