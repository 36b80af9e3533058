// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/features.hh"

#include <algorithm>
#include <array>

namespace vfsrun::sftp {

namespace {

struct Extension {
  std::string_view name;
  std::string_view version;
  bool Features::*offered;
};

constexpr std::array<Extension, 6> extensions{{
    {"posix-rename@openssh.com", "1", &Features::posix_rename},
    {"fsync@openssh.com", "1", &Features::fsync},
    {"statvfs@openssh.com", "2", &Features::statvfs},
    {"hardlink@openssh.com", "1", &Features::hardlink},
    {"lsetstat@openssh.com", "1", &Features::lsetstat},
    {"limits@openssh.com", "1", &Features::limits},
}};

// A request or answer has this much beside its data, at most.
constexpr std::uint64_t overhead = 1024;
// More at once only holds up what comes behind it.
constexpr std::uint64_t most_data = std::uint64_t{256} << 10;

std::size_t within_reason(std::uint64_t given, std::uint64_t packet) {
  std::uint64_t limit = most_data;
  if (packet > overhead) limit = std::min(limit, packet - overhead);
  if (given != 0) limit = std::min(limit, given);
  return static_cast<std::size_t>(std::max<std::uint64_t>(limit, 1));
}

}  // namespace

Result<Features> read_extensions(std::span<const std::byte> body) {
  Features features;
  PacketReader reader(body);
  while (!reader.at_end()) {
    const std::string_view name = TRY(reader.text());
    const std::string_view version = TRY(reader.text());
    const auto* known = std::ranges::find(extensions, name, &Extension::name);
    if (known != extensions.end() && known->version == version)
      features.*(known->offered) = true;
  }
  return features;
}

Result<void> read_limits(const Reply& reply, Features& features) {
  if (reply.type != PacketType::extended_reply) return {};
  PacketReader reader(reply.body);
  const std::uint64_t packet = TRY(reader.number64());
  features.longest_read = within_reason(TRY(reader.number64()), packet);
  features.longest_write = within_reason(TRY(reader.number64()), packet);
  return {};
}

}  // namespace vfsrun::sftp
