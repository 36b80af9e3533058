// SPDX-License-Identifier: GPL-2.0-or-later
// What a response's header fields say about a file: validators, ranges,
// encodings. Pure; any thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "backends/backend.hh"
#include "backends/curl/exchange.hh"

namespace vfsrun {

/// Content-Range (RFC 9110 section 14.4): "bytes 0-9/100", "bytes */100".
struct ContentRange {
  std::optional<ByteRange> range;
  std::optional<std::uint64_t> total;

  bool operator==(const ContentRange&) const = default;
};

/// Nothing for another unit, numbers that contradict each other, or none.
std::optional<ContentRange> parse_content_range(std::string_view value);

/// What tells one state of a file from another (RFC 9110 section 8.8).
struct Validators {
  std::string etag;  ///< with quotes and, where weak, W/; may be empty
  std::optional<std::time_t> modified;
  std::optional<std::uint64_t> size;

  [[nodiscard]] bool weak() const noexcept { return etag.starts_with("W/"); }

  /// Of a whole file: a 200, or the total of a 206.
  static Validators of(const curl::ResponseHead& head);
  static Validators of(const Version& version);

  /// A strong ETag; else Last-Modified (and a weak ETag) with the size;
  /// without these, unknown. An empty file is known by its size alone.
  [[nodiscard]] Version version() const;

  /// Why `seen` is another state than this one, as words for a sentence;
  /// empty where nothing speaks against it. Fields that either side lacks
  /// are not compared.
  [[nodiscard]] std::string contradiction(const Validators& seen) const;
};

/// What Cache-Control (RFC 9111 section 5.2.2), Expires and Age say.
struct CachePolicy {
  /// Unset where the server does not say; 0: ask each time.
  std::optional<std::chrono::seconds> fresh_for;
  bool storable = true;

  bool operator==(const CachePolicy&) const = default;
};

/// `now` where the answer has no Date.
CachePolicy cache_policy(const curl::ResponseHead& head, std::time_t now);

/// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(std::time_t time);

/// The Content-Encoding that was put on the file of that name on its way, or
/// "". A .gz that is labelled gzip is stored so: its bytes are the file's.
std::string foreign_encoding(const curl::ResponseHead& head,
                             std::string_view path);

/// The media type in lower case, without parameters.
std::string media_type(const curl::ResponseHead& head);

}  // namespace vfsrun
