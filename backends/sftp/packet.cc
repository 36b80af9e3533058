// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/packet.hh"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace vfsrun::sftp {

namespace {

// Length, type, id.
constexpr std::size_t head_size = 9;
constexpr std::size_t length_size = 4;

std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte each : bytes)
    value = value << 8 | std::to_integer<std::uint64_t>(each);
  return value;
}

void put32(std::byte* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i)
    at[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

}  // namespace

Result<std::span<const std::byte>> PacketReader::take(std::size_t size) {
  if (size > rest_.size())
    return fail(EPROTO, "a packet is shorter than its content says");
  const auto part = rest_.first(size);
  rest_ = rest_.subspan(size);
  return part;
}

Result<std::uint8_t> PacketReader::byte() {
  return std::to_integer<std::uint8_t>(TRY(take(1)).front());
}

Result<std::uint32_t> PacketReader::number32() {
  return static_cast<std::uint32_t>(big_endian(TRY(take(4))));
}

Result<std::uint64_t> PacketReader::number64() {
  return big_endian(TRY(take(8)));
}

Result<std::span<const std::byte>> PacketReader::data() {
  return take(TRY(number32()));
}

Result<std::string_view> PacketReader::text() {
  const std::span<const std::byte> bytes = TRY(data());
  return std::string_view(reinterpret_cast<const char*>(bytes.data()),
                          bytes.size());
}

PacketWriter::PacketWriter(PacketType type) : bytes_(head_size) {
  bytes_[length_size] = static_cast<std::byte>(type);
}

PacketWriter::PacketWriter(std::string_view extension)
    : PacketWriter(PacketType::extended) {
  text(extension);
}

PacketWriter& PacketWriter::byte(std::uint8_t value) {
  bytes_.push_back(static_cast<std::byte>(value));
  return *this;
}

PacketWriter& PacketWriter::number(std::uint32_t value) {
  bytes_.resize(bytes_.size() + 4);
  put32(bytes_.data() + bytes_.size() - 4, value);
  return *this;
}

PacketWriter& PacketWriter::number64(std::uint64_t value) {
  return number(static_cast<std::uint32_t>(value >> 32))
      .number(static_cast<std::uint32_t>(value));
}

PacketWriter& PacketWriter::data(std::span<const std::byte> value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

PacketWriter& PacketWriter::text(std::string_view value) {
  return data(std::as_bytes(std::span(value)));
}

Bytes PacketWriter::finish(std::uint32_t id) && {
  put32(bytes_.data(), static_cast<std::uint32_t>(bytes_.size() - length_size));
  put32(bytes_.data() + length_size + 1, id);
  return std::move(bytes_);
}

Bytes init_packet() {
  return PacketWriter(PacketType::init).finish(protocol_version);
}

std::span<std::byte> Framer::room(std::size_t least) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < least && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < least) buffer_.resize(end_ + least);
  return std::span(buffer_).subspan(end_);
}

Result<bool> Framer::next(Packet& packet) {
  const auto held =
      std::span<const std::byte>(buffer_).subspan(begin_, end_ - begin_);
  if (held.size() < length_size) return false;
  const auto length =
      static_cast<std::size_t>(big_endian(held.first(length_size)));
  if (length < head_size - length_size || length > longest_)
    return fail(EPROTO, fmt::format("a packet of {} bytes", length));
  if (held.size() < length_size + length) return false;
  packet.type = static_cast<PacketType>(held[length_size]);
  packet.id =
      static_cast<std::uint32_t>(big_endian(held.subspan(length_size + 1, 4)));
  packet.body = held.subspan(head_size, length - (head_size - length_size));
  begin_ += length_size + length;
  return true;
}

}  // namespace vfsrun::sftp
