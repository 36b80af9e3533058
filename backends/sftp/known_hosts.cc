// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/known_hosts.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <libssh2.h>

#include <algorithm>
#include <memory>

#include "backends/sftp/libssh2_session.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"

namespace vfsrun::sftp {

namespace {

constexpr std::size_t largest_file = std::size_t{16} << 20;

/// ssh_config(5), PATTERNS: '*' and '?'.
bool fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = pattern.npos;
  std::size_t mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

/// Patterns with commas between; one after '!' that fits refuses.
bool any_fits(std::string_view patterns, std::string_view name) {
  bool found = false;
  while (!patterns.empty()) {
    const std::size_t end = std::min(patterns.find(','), patterns.size());
    const std::string pattern = to_lower(patterns.substr(0, end));
    patterns.remove_prefix(std::min(end + 1, patterns.size()));
    if (pattern.starts_with('!')) {
      if (fits(std::string_view(pattern).substr(1), name)) return false;
    } else if (fits(pattern, name)) {
      found = true;
    }
  }
  return found;
}

/// "|1|salt|hash": libssh2 has the arithmetic. A key type of 0 asks about
/// the name alone: no key is like "-", so a name that fits is a mismatch.
bool hash_fits(const std::string& line, const std::string& name) {
  const Session session = make_session();
  const std::unique_ptr<LIBSSH2_KNOWNHOSTS, decltype(&libssh2_knownhost_free)>
      hosts(session ? libssh2_knownhost_init(session.get()) : nullptr,
            &libssh2_knownhost_free);
  if (!hosts ||
      libssh2_knownhost_readline(hosts.get(), line.data(), line.size(),
                                 LIBSSH2_KNOWNHOST_FILE_OPENSSH) != 0)
    return false;
  libssh2_knownhost* found = nullptr;
  const int verdict = libssh2_knownhost_check(
      hosts.get(), name.c_str(), "-", 1,
      LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64, &found);
  return verdict == LIBSSH2_KNOWNHOST_CHECK_MISMATCH ||
         verdict == LIBSSH2_KNOWNHOST_CHECK_MATCH;
}

std::string_view next_word(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 |
              (at + i < bytes.size() ? std::to_integer<unsigned>(bytes[at + i])
                                     : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i)
      out += at + i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63];
  }
  return out;
}

KnownHosts::KnownHosts(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const Result<Fd> fd = open_file(file, O_RDONLY | O_NONBLOCK);
    if (!fd) continue;
    const Result<std::string> text = read_all(fd->get(), largest_file);
    if (text) add(*text, file);
  }
}

KnownHosts KnownHosts::from_text(std::string_view text) {
  KnownHosts hosts;
  hosts.add(text, "text");
  return hosts;
}

void KnownHosts::add(std::string_view text, const std::string& label) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    Line line;
    if (rest.starts_with('@')) {
      const std::string_view marker = next_word(rest);
      // An unknown marker says that the line means something else.
      if (marker != "@revoked" && marker != "@cert-authority") continue;
      line.marker = marker == "@revoked" ? Marker::revoked : Marker::authority;
      rest = trim(rest);
    }
    if (rest.empty() || rest.starts_with('#')) continue;
    line.text = std::string(rest) + "\n";
    line.names = next_word(rest);
    line.type = next_word(rest);
    line.key = next_word(rest);
    line.where = fmt::format("{}:{}", label, number);
    if (!line.key.empty()) lines_.push_back(std::move(line));
  }
}

bool KnownHosts::matches(const Line& line, std::string_view name) {
  return line.names.starts_with('|') ? hash_fits(line.text, std::string(name))
                                     : any_fits(line.names, name);
}

std::vector<const KnownHosts::Line*> KnownHosts::lines_for(
    std::string_view name) const {
  std::vector<const Line*> found;
  for (const Line& line : lines_)
    if (matches(line, name)) found.push_back(&line);
  const bool is_known = std::ranges::any_of(
      found, [](const Line* line) { return line->marker != Marker::revoked; });
  if (is_known || !name.starts_with('[')) return found;
  return lines_for(name.substr(1, name.find(']') - 1));
}

std::vector<std::string> KnownHosts::types_of(std::string_view name) const {
  std::vector<std::string> types;
  for (const Line* line : lines_for(name))
    if (line->marker == Marker::none) types.push_back(line->type);
  return types;
}

bool KnownHosts::has_authority(std::string_view name) const {
  return std::ranges::any_of(lines_for(name), [](const Line* line) {
    return line->marker == Marker::authority;
  });
}

KnownHosts::Verdict KnownHosts::check(std::string_view name,
                                      std::string_view type,
                                      std::string_view key_base64) const {
  Verdict verdict;
  for (const Line* line : lines_for(name)) {
    const bool same = line->key == key_base64;
    if (line->marker == Marker::revoked && same)
      return {Verdict::Kind::revoked, line->where};
    if (line->marker != Marker::none || line->type != type) continue;
    if (same) {
      verdict = {Verdict::Kind::known, line->where};
    } else if (verdict.kind == Verdict::Kind::unknown) {
      verdict = {Verdict::Kind::changed, line->where};
    }
  }
  return verdict;
}

}  // namespace vfsrun::sftp
