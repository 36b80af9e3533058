// SPDX-License-Identifier: GPL-2.0-or-later
// sources: backends/sftp/packet.cc backends/sftp/replies.cc
// sources: backends/sftp/attributes.cc backends/sftp/features.cc
// sources: gateway/base/result.cc
// runs: 40000
//
// Whatever a server sends: cut into packets in two ways, which must agree,
// and each of them read as every kind of answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "backends/sftp/features.hh"
#include "backends/sftp/packet.hh"
#include "backends/sftp/replies.hh"

using namespace vfsrun::sftp;

namespace {

using Packets = std::vector<std::pair<std::uint32_t, Reply>>;

/// Fed `step` bytes at a time. The last element of a stream that is refused
/// is an empty packet of id 0.
Packets cut(std::span<const std::byte> bytes, std::size_t step) {
  Packets all;
  Framer framer(4096);
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(step, bytes.size()));
    bytes = bytes.subspan(part.size());
    const auto room = framer.room(part.size());
    if (room.size() < part.size()) std::abort();
    std::memcpy(room.data(), part.data(), part.size());
    framer.commit(part.size());
    Framer::Packet packet{};
    for (;;) {
      const auto more = framer.next(packet);
      if (!more) {
        all.emplace_back(0, Reply{});
        return all;
      }
      if (!*more) break;
      all.emplace_back(packet.id, Reply{packet.type, Bytes(packet.body.begin(),
                                                           packet.body.end())});
    }
  }
  return all;
}

void read_as_all(Reply reply) {
  (void)expect_ok(reply, "x");
  (void)expect_handle(reply, "x");
  (void)expect_path(reply, "x");
  (void)expect_space(reply, "x");
  (void)more_to_come(reply, PacketType::data, "x");
  (void)read_data(reply);
  (void)read_extensions(reply.body);
  Features features;
  (void)read_limits(reply, features);
  if (features.longest_read == 0 || features.longest_read > longest_packet)
    std::abort();
  if (const auto names = read_names(reply)) {
    for (const Name& name : *names) (void)shown(name.attributes, {1, 2});
  }
  if (const auto attributes = expect_attributes(reply, "x")) {
    PacketWriter writer(PacketType::attrs);
    write_attributes(writer, *attributes);
    const Bytes again = std::move(writer).finish(1);
    PacketReader reader(std::span(again).subspan(9));
    if (read_attributes(reader) != *attributes) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const Packets whole = cut(bytes, size + 1);
  const Packets pieces = cut(bytes, 3);
  if (whole.size() != pieces.size()) std::abort();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].first != pieces[i].first ||
        whole[i].second.body != pieces[i].second.body)
      std::abort();
    read_as_all(whole[i].second);
  }
  // The body of an answer by itself, as any type.
  for (const PacketType type :
       {PacketType::status, PacketType::handle, PacketType::name,
        PacketType::attrs, PacketType::extended_reply, PacketType::data})
    read_as_all({type, Bytes(bytes.begin(), bytes.end())});
  return 0;
}
