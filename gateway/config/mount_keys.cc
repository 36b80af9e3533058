// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_keys.hh"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/text.hh"
#include "gateway/config/mount_url.hh"

namespace vfsrun::mount_file {

namespace {

constexpr std::string_view duration_expected =
    R"(a duration such as "250ms", "5s", "10m", "1h", "7d")";

Result<void> set_path(const Value& value, Mount& mount) {
  auto path = VPath::parse(value.text);
  if (!path) return fail(EINVAL, fmt::format("is {}", path.error().detail));
  if (path->is_root()) return fail(EINVAL, "is the root, which is the host's");
  const auto parts = path->components();
  if (!std::ranges::all_of(parts, VPath::valid_name) ||
      path->str().size() > 1024)
    return fail(EINVAL, "is too long");
  // The gateway's own directory, and the trees that the kernel makes.
  static constexpr std::array<std::string_view, 4> reserved{".vfsrun", "proc",
                                                            "sys", "dev"};
  if (std::ranges::find(reserved, parts.front()) != reserved.end()) {
    return fail(EINVAL,
                fmt::format("lies in /{}, which is reserved", parts.front()));
  }
  mount.path = *std::move(path);
  return {};
}

Result<void> set_url(const Value& value, Mount& mount) {
  mount.url = TRY(check_mount_url(value.text));
  return {};
}

Result<void> set_access(const Value& value, Mount& mount) {
  if (value.text != "ro" && value.text != "rw")
    return fail(EINVAL, fmt::format("is \"{}\"", value.text));
  mount.access = value.text == "rw" ? Access::read_write : Access::read_only;
  return {};
}

enum class Zero : std::uint8_t { allowed, refused };

Result<std::chrono::milliseconds> duration(const Value& value, Zero zero) {
  // Far below what steady_clock's nanoseconds can count.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 3650);
  const auto parsed = parse_duration(value.text);
  if (!parsed) return fail(EINVAL, fmt::format("is \"{}\"", value.text));
  if (*parsed > longest) return fail(EINVAL, "is longer than 3650d");
  if (zero == Zero::refused && parsed->count() == 0)
    return fail(EINVAL, "is 0");
  return *parsed;
}

Result<void> set_max_age(const Value& value, Mount& mount) {
  mount.cache.max_age = TRY(duration(value, Zero::allowed));
  return {};
}

Result<void> set_connect_timeout(const Value& value, Mount& mount) {
  mount.http.connect_timeout = TRY(duration(value, Zero::refused));
  return {};
}

Result<void> set_stall_timeout(const Value& value, Mount& mount) {
  mount.http.stall_timeout = TRY(duration(value, Zero::refused));
  return {};
}

Result<void> set_file_mode(const Value& value, Mount& mount) {
  const std::string_view text = value.text;
  unsigned mode = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, mode, 8);
  if (error != std::errc() || end != last || text.size() < 3 || mode > 0777)
    return fail(EINVAL, fmt::format("is \"{}\"", text));
  mount.http.file_mode = mode;
  return {};
}

// RFC 9110 section 5.6.2: what a field name is made of.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || marks.find(c) != marks.npos;
  });
}

Result<void> set_header(const Value& value, Mount& mount) {
  // Requests would break, or be answered with another version's bytes.
  static constexpr std::array<std::string_view, 14> ours{"host",
                                                         "range",
                                                         "if-range",
                                                         "if-match",
                                                         "if-none-match",
                                                         "if-modified-since",
                                                         "connection",
                                                         "upgrade",
                                                         "accept-encoding",
                                                         "content-length",
                                                         "if-unmodified-since",
                                                         "transfer-encoding",
                                                         "te",
                                                         "expect"};
  static constexpr std::array<std::string_view, 3> secret{
      "authorization", "proxy-authorization", "cookie"};
  if (!is_token(value.key)) return fail(EINVAL, "is no name of a header");
  const std::string name = to_lower(value.key);
  if (std::ranges::find(ours, name) != ours.end())
    return fail(EINVAL, "is a header that vfsrun sets by itself");
  if (!value.is_private && std::ranges::find(secret, name) != secret.end()) {
    return fail(EINVAL,
                "holds a secret, but the file can be read by others (chmod "
                "600)");
  }
  const bool twice = std::ranges::any_of(
      mount.http.headers,
      [&](const auto& header) { return to_lower(header.first) == name; });
  if (twice) return fail(EINVAL, "is given twice");
  mount.http.headers.emplace(value.key, value.text);
  return {};
}

Result<void> set_source(const Value& value, Mount& mount) {
  mount.source = value.text;
  return {};
}

std::string milliseconds(std::chrono::milliseconds duration) {
  return fmt::format("{}ms", duration.count());
}

constexpr std::array<KeyRule, 9> rules{{
    {.section = "",
     .name = "path",
     .expected = "an absolute path such as \"/genomes\"",
     .set = set_path,
     .get = [](const Mount& mount) { return mount.path.str(); },
     .required = true},
    {.section = "",
     .name = "url",
     .expected = "a url such as \"https://host/folder/\" or "
                 "\"https://{host}/\", by http or https",
     .set = set_url,
     .get = [](const Mount& mount) { return mount.url; },
     .required = true},
    {.section = "",
     .name = "mode",
     .expected = R"("ro" or "rw")",
     .set = set_access,
     .get =
         [](const Mount& mount) {
           return std::string(mount.access == Access::read_write ? "rw" : "ro");
         }},
    {.section = "",
     .name = "source",
     .expected = "a text",
     .set = set_source,
     .get = [](const Mount& mount) { return mount.source; },
     .internal = true},
    {.section = "cache",
     .name = "max_age",
     .expected = duration_expected,
     .set = set_max_age,
     .get =
         [](const Mount& mount) { return milliseconds(mount.cache.max_age); }},
    {.section = "http",
     .name = "mode",
     .expected = "permissions in octal such as \"0555\"",
     .set = set_file_mode,
     .get =
         [](const Mount& mount) {
           return fmt::format("{:04o}", mount.http.file_mode);
         }},
    {.section = "http",
     .name = "connect_timeout",
     .expected = duration_expected,
     .set = set_connect_timeout,
     .get =
         [](const Mount& mount) {
           return milliseconds(mount.http.connect_timeout);
         }},
    {.section = "http",
     .name = "stall_timeout",
     .expected = duration_expected,
     .set = set_stall_timeout,
     .get =
         [](const Mount& mount) {
           return milliseconds(mount.http.stall_timeout);
         }},
    {.section = "http.headers",
     .name = "*",
     .expected = R"(headers such as { "X-Team" = "blue" })",
     .set = set_header,
     .get = nullptr},
}};

}  // namespace

std::span<const KeyRule> key_rules() noexcept { return rules; }

bool is_printable(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

}  // namespace vfsrun::mount_file
