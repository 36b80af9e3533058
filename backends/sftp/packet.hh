// SPDX-License-Identifier: GPL-2.0-or-later
// Packets of the protocol ↔ bytes. Pure values; one thread at a time. What is
// read comes from a server and is believed in nothing: every length is held
// against what is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sftp/protocol.hh"
#include "gateway/base/result.hh"

namespace vfsrun::sftp {

using Bytes = std::vector<std::byte>;

/// Takes a packet apart, front to back. EPROTO where it ends too early.
class PacketReader {
 public:
  explicit PacketReader(std::span<const std::byte> bytes) noexcept
      : rest_(bytes) {}

  Result<std::uint8_t> byte();
  Result<std::uint32_t> number32();
  Result<std::uint64_t> number64();
  /// A string with its length before it; points into the packet.
  Result<std::string_view> text();
  Result<std::span<const std::byte>> data();

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  Result<std::span<const std::byte>> take(std::size_t size);

  std::span<const std::byte> rest_;
};

/// Builds one request. The length and the id at its head are written last.
class PacketWriter {
 public:
  explicit PacketWriter(PacketType type);
  /// SSH_FXP_EXTENDED with its name.
  explicit PacketWriter(std::string_view extension);

  PacketWriter& byte(std::uint8_t value);
  PacketWriter& number(std::uint32_t value);
  PacketWriter& number64(std::uint64_t value);
  PacketWriter& text(std::string_view value);
  PacketWriter& data(std::span<const std::byte> value);

  /// The packet with this id; the writer is empty afterwards.
  Bytes finish(std::uint32_t id) &&;

 private:
  Bytes bytes_;
};

/// SSH_FXP_INIT, which has a version where others have an id.
Bytes init_packet();

/// One answer: type and what follows the id.
struct Reply {
  PacketType type = PacketType::status;
  Bytes body;
};

/// What a stream of bytes holds, cut into packets. EPROTO where a length is
/// none that a packet can have; nothing is taken from it afterwards.
class Framer {
 public:
  struct Packet {
    PacketType type;
    std::uint32_t id;  ///< of SSH_FXP_VERSION: the version
    std::span<const std::byte> body;
  };

  /// `longest` bounds a packet, its length word aside.
  explicit Framer(std::size_t longest = longest_packet) : longest_(longest) {}

  /// Room for the next bytes of the stream; commit() says how many came.
  std::span<std::byte> room(std::size_t least);

  void commit(std::size_t size) noexcept { end_ += size; }

  /// The next whole packet, or nothing yet. Valid until room() is called.
  Result<bool> next(Packet& packet);

 private:
  std::size_t longest_;
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace vfsrun::sftp
