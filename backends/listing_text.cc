// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/listing_text.hh"

#include <algorithm>
#include <array>

#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

// U+10FE00 + byte, in UTF-8: F4 8F B8 80 and up.
constexpr std::string_view plane = "\xf4\x8f";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break_space = text.substr(i).starts_with("\xc2\xa0");
    if (no_break_space) ++i;
    if (!no_break_space && !trim(text.substr(i, 1)).empty()) {
      words.back() += text[i];
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// Fixed forms: 'd' a digit, 'M' a letter, anything else itself.
bool has_form(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool good = form[i] == 'd'   ? digit
                      : form[i] == 'M' ? letter
                                       : c == form[i];
    if (!good) return false;
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t size) {
  return static_cast<int>(parse_number(text.substr(at, size)).value_or(0));
}

std::optional<std::time_t> seconds_of(std::tm parts) {
  const bool sane = parts.tm_year >= 70 && parts.tm_mon >= 0 &&
                    parts.tm_mon < 12 && parts.tm_mday >= 1 &&
                    parts.tm_mday <= 31 && parts.tm_hour < 24 &&
                    parts.tm_min < 60 && parts.tm_sec <= 60;
  if (!sane) return std::nullopt;
  return ::timegm(&parts);
}

int month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr",
                                                    "may", "jun", "jul", "aug",
                                                    "sep", "oct", "nov", "dec"};
  const auto* found = std::ranges::find(months, to_lower(name));
  return found == months.end() ? -1 : static_cast<int>(found - months.begin());
}

/// "23-Nov-2026" and "05:38".
std::optional<std::time_t> nginx_date(std::string_view day,
                                      std::string_view time) {
  std::tm parts{};
  parts.tm_mday = number_at(day, 0, 2);
  parts.tm_mon = month_of(day.substr(3, 3));
  parts.tm_year = number_at(day, 7, 4) - 1900;
  parts.tm_hour = number_at(time, 0, 2);
  parts.tm_min = number_at(time, 3, 2);
  return seconds_of(parts);
}

/// Digits alone, or with "B" or "bytes" behind them.
std::optional<std::uint64_t> exact_size(const std::vector<std::string>& words,
                                        std::size_t at) {
  if (at >= words.size()) return std::nullopt;
  const auto size = parse_number(words[at]);
  if (!size || at + 1 == words.size()) return size;
  constexpr std::array<std::string_view, 12> rounded{
      "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib", "t", "tb", "tib"};
  const bool unit =
      std::ranges::find(rounded, to_lower(words[at + 1])) != rounded.end();
  return unit ? std::nullopt : size;
}

/// Length of the UTF-8 character at the front; 0: it is none.
std::size_t character(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size());
       ++size) {
    if (is_valid_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

RowText read_row(std::string_view text) {
  RowText row;
  const std::vector<std::string> words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::string_view next =
        i + 1 < words.size() ? std::string_view(words[i + 1]) : "";
    if (const auto date = parse_iso_date(word)) {
      row.style = DateStyle::iso;
      row.fact.modified = date;
      row.fact.size = exact_size(words, i + 1);
      return row;
    }
    if (has_form(word, "dd-MMM-dddd") && has_form(next, "dd:dd")) {
      row.style = DateStyle::nginx;
      row.fact.modified = nginx_date(word, next);
      row.fact.step = 60;
    } else if (has_form(word, "dddd-dd-dd") &&
               (has_form(next, "dd:dd") || has_form(next, "dd:dd:dd"))) {
      row.style = DateStyle::apache;
    } else if (has_form(word, "dddd-MMM-dd") && has_form(next, "dd:dd:dd")) {
      row.style = DateStyle::lighttpd;
    } else {
      continue;
    }
    row.fact.size = exact_size(words, i + 2);
    return row;
  }
  return row;
}

std::optional<std::time_t> parse_iso_date(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (!has_form(text.substr(0, form.size()), form)) return std::nullopt;
  std::string_view rest = text.substr(form.size());
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    rest.remove_prefix(
        std::min(rest.find_first_not_of("0123456789"), rest.size()));
  }
  if (rest != "Z") return std::nullopt;
  std::tm parts{};
  parts.tm_year = number_at(text, 0, 4) - 1900;
  parts.tm_mon = number_at(text, 5, 2) - 1;
  parts.tm_mday = number_at(text, 8, 2);
  parts.tm_hour = number_at(text, 11, 2);
  parts.tm_min = number_at(text, 14, 2);
  parts.tm_sec = number_at(text, 17, 2);
  return seconds_of(parts);
}

std::string hide_stray_bytes(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    if (const std::size_t size = character(text); size > 0) {
      out += text.substr(0, size);
      text.remove_prefix(size);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    out += plane;
    out += static_cast<char>(0xb8 + (byte >> 6));
    out += static_cast<char>(0x80 + (byte & 0x3f));
    text.remove_prefix(1);
  }
  return out;
}

std::string restore_stray_bytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = text.find(plane);
    out += text.substr(0, at);
    if (at == text.npos) break;
    text.remove_prefix(at);
    const unsigned high =
        text.size() < 4 ? 0 : static_cast<unsigned char>(text[2]);
    if (high >= 0xb8 && high < 0xbc) {
      out += static_cast<char>(((high - 0xb8) << 6) |
                               (static_cast<unsigned char>(text[3]) & 0x3f));
      text.remove_prefix(4);
    } else {
      out += plane;
      text.remove_prefix(plane.size());
    }
  }
  return out;
}

}  // namespace vfsrun
