// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/packet.hh"

#include <doctest/doctest.h>

#include <cstring>

#include "backends/sftp/attributes.hh"
#include "backends/sftp/features.hh"
#include "backends/sftp/replies.hh"

TEST_SUITE_BEGIN("backends/sftp/packet.cc");

using namespace vfsrun;
using namespace vfsrun::sftp;

namespace {

void feed(Framer& framer, std::span<const std::byte> bytes) {
  std::memcpy(framer.room(bytes.size()).data(), bytes.data(), bytes.size());
  framer.commit(bytes.size());
}

Reply reply_of(PacketType type, PacketWriter&& body) {
  const Bytes whole = std::move(body).finish(0);
  return {type, Bytes(whole.begin() + 9, whole.end())};
}

}  // namespace

TEST_CASE("a packet is what was written, however it comes in pieces") {
  PacketWriter writer(PacketType::write);
  writer.text("handle").number64(1ULL << 40).number(7).byte(9);
  const Bytes bytes = std::move(writer).finish(0xdeadbeef);
  Framer framer;
  Framer::Packet packet{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CHECK_FALSE(framer.next(packet).value());
    feed(framer, std::span(bytes).subspan(i, 1));
  }
  REQUIRE(framer.next(packet).value());
  CHECK(packet.type == PacketType::write);
  CHECK(packet.id == 0xdeadbeef);
  PacketReader reader(packet.body);
  CHECK(reader.text() == "handle");
  CHECK(reader.number64() == 1ULL << 40);
  CHECK(reader.number32() == 7U);
  CHECK(reader.byte() == 9);
  CHECK(reader.at_end());
  CHECK(reader.byte().error().code == EPROTO);
}

TEST_CASE("lengths that lie are refused, and nothing is reserved for them") {
  for (const std::uint32_t length : {0U, 4U, 0xffffffffU, 0x00200000U}) {
    CAPTURE(length);
    Framer framer;
    Bytes bytes(9);
    for (int i = 0; i < 4; ++i)
      bytes[std::size_t(i)] = std::byte(length >> (24 - 8 * i));
    feed(framer, bytes);
    Framer::Packet packet{};
    CHECK(framer.next(packet).error().code == EPROTO);
  }
  PacketWriter names(PacketType::name);
  names.number(0xffffffff);
  CHECK(read_names(reply_of(PacketType::name, std::move(names))).error().code ==
        EPROTO);
  PacketWriter attrs(PacketType::attrs);
  attrs.number(has_extended).number(0xffffffff);
  CHECK(expect_attributes(reply_of(PacketType::attrs, std::move(attrs)), "x")
            .error()
            .code == EPROTO);
  PacketWriter handle(PacketType::handle);
  handle.text(std::string(300, 'h'));
  CHECK(expect_handle(reply_of(PacketType::handle, std::move(handle)), "x")
            .error()
            .code == EPROTO);
}

TEST_CASE("attributes come back as they went") {
  const FileAttributes all{12, 34, 56, 0100644, 78, 90};
  FileAttributes some;
  some.permissions = 0755;
  for (const FileAttributes& each : {all, some, FileAttributes()}) {
    PacketWriter writer(PacketType::attrs);
    write_attributes(writer, each);
    CHECK(expect_attributes(reply_of(PacketType::attrs, std::move(writer)),
                            "x") == each);
  }
}

TEST_CASE("what belongs to the remote user is the local user's, no set-id") {
  const FileAttributes file{12, 1000, 100, 0106755, 78, 90};
  const Attr own = shown(file, {1000, 100});
  CHECK_FALSE(own.uid);
  CHECK_FALSE(own.gid);
  CHECK(own.mode == 0755);
  const Attr other = shown(file, {1001, 100});
  CHECK(other.uid == 1000U);
  CHECK_FALSE(other.gid);
  CHECK(own.version.tag == "12-90");
}

TEST_CASE("limits are believed within reason") {
  const auto limits = [](std::uint64_t packet, std::uint64_t read) {
    PacketWriter writer(PacketType::extended_reply);
    writer.number64(packet).number64(read).number64(0).number64(0);
    Features features;
    REQUIRE(read_limits(reply_of(PacketType::extended_reply, std::move(writer)),
                        features));
    return features.longest_read;
  };
  CHECK(limits(262144, 261120) == 261120);
  CHECK(limits(UINT64_MAX, UINT64_MAX) == 262144);
  CHECK(limits(0, 0) == 262144);
  CHECK(limits(1, 1) == 1);
}

TEST_SUITE_END();
