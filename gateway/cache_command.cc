// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache_command.hh"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "gateway/cache/cache_admin.hh"
#include "gateway/cache/content_cache_budget.hh"
#include "gateway/cache_urls.hh"
#include "gateway/cache_warm.hh"

namespace vfsrun {

namespace {

int complain(std::string_view what) {
  fmt::print(stderr, "vfsrun-gateway: {}\n", what);
  return 1;
}

/// What was written of a url may be anything.
std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return text;
}

/// The urls that are meant, or nothing after a complaint.
std::vector<std::string> urls_of(const Options& options,
                                 const MountTable& mounts) {
  std::vector<std::string> urls;
  for (const std::string& each : options.arguments) {
    auto url = cache_url(each, mounts);
    if (!url) {
      complain(url.error().detail);
      return {};
    }
    urls.push_back(*std::move(url));
  }
  return urls;
}

bool is_meant(const CachedObject& object,
              const std::vector<std::string>& urls) {
  return urls.empty() || std::ranges::any_of(urls, [&](const std::string& url) {
           return covers(url, object.url) || covers(url + "/", object.url);
         });
}

int list(CacheAdmin& admin, const std::vector<std::string>& urls) {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  for (const CachedObject& object : admin.objects()) {
    if (!is_meant(object, urls)) continue;
    ++files;
    bytes += object.bytes;
    fmt::print("{:>12} {:>12} {} {}\n", object.bytes, object.size,
               object.pinned ? "pinned" : "-     ", printable(object.url));
  }
  fmt::print("{:>12} bytes on disk of {} files\n", bytes, files);
  return 0;
}

int verify(CacheAdmin& admin, const std::vector<std::string>& urls) {
  std::uint64_t files = 0;
  std::uint64_t blocks = 0;
  std::uint64_t damaged = 0;
  for (const CachedObject& object : admin.objects()) {
    if (!is_meant(object, urls)) continue;
    const auto verdict = admin.verify(object);
    if (!verdict) continue;  // evicted meanwhile
    ++files;
    blocks += verdict->good;
    if (verdict->damaged == 0) continue;
    ++damaged;
    fmt::print("damaged, thrown away: {} ({} blocks)\n", printable(object.url),
               verdict->damaged);
  }
  fmt::print("{} files, {} blocks are good, {} files were damaged\n", files,
             blocks, damaged);
  return damaged == 0 ? 0 : 1;
}

int drop(CacheAdmin& admin, const std::vector<std::string>& urls) {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  for (const CachedObject& object : admin.objects()) {
    if (!is_meant(object, urls)) continue;
    admin.drop(object);
    ++files;
    bytes += object.bytes;
  }
  fmt::print("{} files with {} bytes are dropped\n", files, bytes);
  return 0;
}

int pin(CacheAdmin& admin, const Options& options,
        const std::vector<std::string>& urls) {
  for (const std::string& url : urls) {
    const Result<void> done = options.undo ? admin.unpin(url) : admin.pin(url);
    if (!done) return complain(done.error().detail);
  }
  if (urls.empty())
    for (const std::string& url : admin.pins())
      fmt::print("{}\n", printable(url));
  return 0;
}

}  // namespace

int run_cache_command(const Options& options, const MountTable& mounts) {
  using Action = Options::CacheAction;
  const std::vector<std::string> urls = urls_of(options, mounts);
  if (urls.empty() && !options.arguments.empty()) return 1;
  if (options.cache_action == Action::warm) return warm_cache(options, mounts);
  auto admin = CacheAdmin::open();
  if (!admin) return complain(admin.error().detail);
  switch (options.cache_action) {
    case Action::ls:
      return list(*admin, urls);
    case Action::verify:
      return verify(*admin, urls);
    case Action::pin:
      return pin(*admin, options, urls);
    case Action::drop:
    case Action::clear:
      return drop(*admin, urls);
    case Action::warm:
      break;
  }
  return 0;
}

}  // namespace vfsrun
