// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_head.hh"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

constexpr std::size_t longest_etag = 1024;

/// RFC 9110 section 8.8.3: [W/]"…" of printable bytes but '"'.
bool valid_etag(std::string_view etag) {
  if (etag.size() > longest_etag) return false;
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() < 2 || etag.front() != '"' || etag.back() != '"')
    return false;
  etag = etag.substr(1, etag.size() - 2);
  return std::ranges::all_of(etag, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != '"' && byte != 0x7f;
  });
}

std::string_view take_field(std::string_view tag, std::string_view name) {
  const std::size_t at = tag.find(name);
  if (at == tag.npos) return {};
  const std::string_view rest = tag.substr(at + name.size());
  return rest.substr(0, rest.find(' '));
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view value) {
  value = trim(value);
  if (to_lower(value.substr(0, 6)) != "bytes ") return std::nullopt;
  value = trim(value.substr(6));
  const std::size_t slash = value.find('/');
  if (slash == value.npos) return std::nullopt;
  const std::string_view range = value.substr(0, slash);
  const std::string_view total = value.substr(slash + 1);
  ContentRange out;
  if (total != "*") {
    out.total = parse_number(total);
    if (!out.total) return std::nullopt;
  }
  if (range == "*") return out;
  const std::size_t dash = range.find('-');
  if (dash == range.npos) return std::nullopt;
  const auto first = parse_number(range.substr(0, dash));
  const auto last = parse_number(range.substr(dash + 1));
  // The largest number is left out, so that last + 1 is one, too.
  if (!first || !last || *last < *first || *last == UINT64_MAX)
    return std::nullopt;
  if (out.total && *last >= *out.total) return std::nullopt;
  out.range = ByteRange{*first, *last - *first + 1};
  return out;
}

Validators Validators::of(const curl::ResponseHead& head) {
  Validators out;
  if (const std::string* etag = head.find("etag");
      etag != nullptr && valid_etag(*etag))
    out.etag = *etag;
  if (const std::string* date = head.find("last-modified"))
    out.modified = parse_http_date(*date);
  if (head.status == 206 || head.status == 416) {
    if (const std::string* range = head.find("content-range")) {
      if (const auto parsed = parse_content_range(*range))
        out.size = parsed->total;
    }
  } else if (head.status == 200) {
    out.size = head.content_length();
  }
  return out;
}

Version Validators::version() const {
  const std::string with_size =
      size ? fmt::format(" size={}", *size) : std::string();
  if (!etag.empty() && !weak()) return {etag + with_size};
  if (size && *size == 0) return {"size=0"};
  if (!size || !modified) return {};
  const std::string when = fmt::format("mtime={}", *modified);
  return {etag.empty() ? when + with_size : etag + " " + when + with_size};
}

Validators Validators::of(const Version& version) {
  Validators out;
  std::string_view rest = version.tag;
  if (const std::size_t quote = rest.rfind('"'); quote != rest.npos) {
    out.etag = rest.substr(0, quote + 1);
    rest.remove_prefix(quote + 1);
  }
  if (const auto when = parse_number(take_field(rest, "mtime=")))
    out.modified = static_cast<std::time_t>(*when);
  out.size = parse_number(take_field(rest, "size="));
  return out;
}

std::string Validators::contradiction(const Validators& seen) const {
  // Apache calls the ETag of a file weak for the first second of its life:
  // the same one may come back strong, with date and size to vouch for it.
  const std::string_view comparable =
      weak() && !seen.weak() ? std::string_view(etag).substr(2) : etag;
  if (!etag.empty() && !seen.etag.empty() && comparable != seen.etag)
    return fmt::format("its ETag was {} and is {}", etag, seen.etag);
  if (modified && seen.modified && *modified != *seen.modified) {
    return fmt::format("its Last-Modified was {} and is {}",
                       format_http_date(*modified),
                       format_http_date(*seen.modified));
  }
  if (size && seen.size && *size != *seen.size)
    return fmt::format("its size was {} and is {}", *size, *seen.size);
  return {};
}

CachePolicy cache_policy(const curl::ResponseHead& head, std::time_t now) {
  CachePolicy policy;
  std::optional<std::uint64_t> seconds;
  for (const auto& [name, value] : head.fields) {
    if (name != "cache-control") continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string word = to_lower(trim(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (word == "no-store") policy.storable = false;
      if (word == "no-store" || word.starts_with("no-cache")) seconds = 0;
      if (word.starts_with("max-age=") && seconds != 0)
        seconds = parse_number(std::string_view(word).substr(8));
    }
  }
  if (!seconds) {
    const std::string* expires = head.find("expires");
    if (expires == nullptr) return policy;
    const std::string* date = head.find("date");
    const auto from = date == nullptr ? std::nullopt : parse_http_date(*date);
    // RFC 9111 section 5.3: what is no date, "0" above all, has expired.
    const auto until = parse_http_date(*expires);
    const std::time_t begin = from.value_or(now);
    seconds = until && *until > begin
                  ? static_cast<std::uint64_t>(*until - begin)
                  : 0;
  }
  if (const std::string* age = head.find("age"))
    seconds = *seconds - std::min(*seconds, parse_number(*age).value_or(0));
  constexpr std::uint64_t longest = std::uint64_t{24} * 3600;
  policy.fresh_for = std::chrono::seconds(std::min(*seconds, longest));
  return policy;
}

std::string format_http_date(std::time_t time) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed",
                                                 "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr",
                                                    "May", "Jun", "Jul", "Aug",
                                                    "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  if (::gmtime_r(&time, &parts) == nullptr) return {};
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
      days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
      months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
      parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string foreign_encoding(const curl::ResponseHead& head,
                             std::string_view path) {
  const std::string* field = head.find("content-encoding");
  if (field == nullptr) return {};
  const std::string encoding = to_lower(trim(*field));
  if (encoding.empty() || encoding == "identity") return {};

  struct Stored {
    std::string_view encoding;
    std::string_view suffix;
  };

  constexpr std::array<Stored, 11> stored{{{"gzip", ".gz"},
                                           {"x-gzip", ".gz"},
                                           {"gzip", ".tgz"},
                                           {"x-gzip", ".tgz"},
                                           {"gzip", ".svgz"},
                                           {"compress", ".z"},
                                           {"x-compress", ".z"},
                                           {"bzip2", ".bz2"},
                                           {"x-bzip2", ".bz2"},
                                           {"br", ".br"},
                                           {"zstd", ".zst"}}};
  const std::string name = to_lower(path.substr(0, path.find('?')));
  const bool own = std::ranges::any_of(stored, [&](const Stored& each) {
    return each.encoding == encoding && name.ends_with(each.suffix);
  });
  return own ? std::string() : encoding;
}

std::string media_type(const curl::ResponseHead& head) {
  const std::string* field = head.find("content-type");
  if (field == nullptr) return {};
  return to_lower(trim(std::string_view(*field).substr(0, field->find(';'))));
}

}  // namespace vfsrun
