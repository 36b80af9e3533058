// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_values.hh"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "gateway/base/text.hh"

namespace vfsrun::mount_file {

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

std::string duration_text(std::chrono::milliseconds duration) {
  return fmt::format("{}ms", duration.count());
}

Result<std::uint64_t> number(const Value& value, std::uint64_t least,
                             std::uint64_t most) {
  const auto parsed = parse_number(value.text);
  if (!parsed || *parsed < least || *parsed > most)
    return fail(EINVAL, fmt::format("is {}", value.text));
  return *parsed;
}

Result<bool> boolean(const Value& value) { return value.text == "true"; }

std::string boolean_text(bool value) { return value ? "true" : "false"; }

Result<std::string> non_empty(const Value& value) {
  if (value.text.empty()) return fail(EINVAL, "is empty");
  return std::string(value.text);
}

Result<std::string> file_name(const Value& value) {
  if (value.text.starts_with('/')) return std::string(value.text);
  if (!value.text.starts_with("~/"))
    return fail(EINVAL, fmt::format("is \"{}\"", value.text));
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/')
    return fail(EINVAL, "begins with ~, but HOME is not set");
  return home + std::string(value.text.substr(1));
}

Result<std::string> private_text(const Value& value) {
  if (!value.is_private) {
    return fail(EINVAL,
                "holds a secret, but the file is not yours alone (chmod 600)");
  }
  return non_empty(value);
}

Result<std::string> variable_name(const Value& value) {
  if (value.text.empty() || value.text.find('=') != value.text.npos)
    return fail(EINVAL, fmt::format("is \"{}\"", value.text));
  return std::string(value.text);
}

Result<std::vector<std::string>> command(const Value& value) {
  if (value.list.empty() || value.list.front().empty())
    return fail(EINVAL, "names no program");
  return value.list;
}

bool is_printable(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

}  // namespace vfsrun::mount_file
