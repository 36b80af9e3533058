// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/init_patch.hh"

#include <doctest/doctest.h>
#include <linux/fuse.h>

#include <cstring>

namespace vfsrun::fuse {
namespace {

constexpr std::uint32_t allow_mmap = 1U << 4;

template <class Head, class Body>
std::vector<std::byte> message(const Head& head, const Body& body) {
  std::vector<std::byte> bytes(sizeof head + sizeof body);
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &body, sizeof body);
  return bytes;
}

std::vector<std::byte> request(std::uint32_t flags, std::uint32_t flags2,
                               std::uint32_t major = 7) {
  fuse_in_header header{};
  header.opcode = FUSE_INIT;
  header.unique = 42;
  fuse_init_in init{};
  init.major = major;
  init.flags = flags;
  init.flags2 = flags2;
  return message(header, init);
}

std::vector<std::byte> reply(int error = 0, std::uint64_t unique = 42) {
  fuse_out_header header{};
  header.error = error;
  header.unique = unique;
  fuse_init_out init{};
  init.major = 7;
  init.flags = FUSE_ASYNC_READ;
  init.max_write = 4096;
  return message(header, init);
}

fuse_init_out body(const std::vector<std::byte>& bytes) {
  fuse_init_out init{};
  std::memcpy(&init, bytes.data() + sizeof(fuse_out_header), sizeof init);
  return init;
}

TEST_SUITE_BEGIN("gateway/fuse/init_patch");

TEST_CASE("what the kernel offers is added, the rest stays") {
  InitPatch patch;
  patch.on_request(request(FUSE_PARALLEL_DIROPS | FUSE_INIT_EXT, allow_mmap));
  CHECK(patch.active());
  const auto patched = patch.on_reply(reply());
  REQUIRE(patched);
  CHECK(body(*patched).flags ==
        (FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS | FUSE_INIT_EXT));
  CHECK(body(*patched).flags2 == allow_mmap);
  CHECK(body(*patched).max_write == 4096);
  CHECK_FALSE(patch.active());
}

TEST_CASE("what the kernel does not offer is not asked for") {
  InitPatch patch;
  // Without FUSE_INIT_EXT the second word means nothing.
  patch.on_request(request(FUSE_ASYNC_READ, allow_mmap));
  const auto patched = patch.on_reply(reply());
  REQUIRE(patched);
  CHECK(body(*patched).flags == FUSE_ASYNC_READ);
  CHECK(body(*patched).flags2 == 0);
}

TEST_CASE("other requests and replies pass untouched") {
  InitPatch patch;
  CHECK_FALSE(patch.on_reply(reply()));
  patch.on_request(request(FUSE_PARALLEL_DIROPS, 0, 8));
  CHECK_FALSE(patch.on_reply(reply()));
  patch.on_request(request(FUSE_PARALLEL_DIROPS, 0));
  CHECK_FALSE(patch.on_reply(reply(0, 44)));
  CHECK_FALSE(patch.on_reply(reply(-5)));
}

TEST_CASE("short messages are no harm") {
  InitPatch patch;
  auto bytes = request(FUSE_PARALLEL_DIROPS, 0);
  // As a kernel before 7.36 sends it.
  bytes.resize(sizeof(fuse_in_header) + 16);
  patch.on_request(bytes);
  CHECK(patch.on_reply(reply()));
  InitPatch other;
  other.on_request(std::span(bytes).first(10));
  CHECK_FALSE(other.on_reply(std::span(bytes).first(8)));
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun::fuse
