// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/call_structs.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstring>

using vfsrun::tracer::find_rule;
using vfsrun::tracer::name_in_struct;
using vfsrun::tracer::sent_length_offset;
using vfsrun::tracer::Special;
using vfsrun::tracer::struct_count;
using vfsrun::tracer::struct_size;
using vfsrun::tracer::SyscallEntry;
using vfsrun::tracer::with_name;
namespace arch = vfsrun::tracer::arch;

namespace {

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

SyscallEntry entry(long number, vfsrun::tracer::Arguments arguments) {
  return {&arch::native, number, arguments};
}

}  // namespace

TEST_SUITE("tracer/call_structs") {
  TEST_CASE("messages are laid out as the C library has them") {
    const auto one = entry(46, {3, 0x1000, 0});
    const auto many = entry(307, {3, 0x1000, 5000, 0});
    const auto& single = *find_rule(AUDIT_ARCH_X86_64, 46);
    const auto& several = *find_rule(AUDIT_ARCH_X86_64, 307);
    CHECK(struct_size(single, one) == sizeof(msghdr));
    CHECK(struct_count(single, one) == 1);
    CHECK(struct_size(several, many) == sizeof(mmsghdr));
    CHECK(struct_count(several, many) == 1024);
    CHECK(struct_count(several, entry(307, {3, 0x1000, 2})) == 2);
    CHECK(sent_length_offset(arch::native) == offsetof(mmsghdr, msg_len));
  }

  TEST_CASE("the address of a message") {
    msghdr message{};
    CHECK_FALSE(name_in_struct(Special::message, arch::native,
                               bytes_of(message)));  // connected
    message.msg_name = reinterpret_cast<void*>(0x123456789);
    message.msg_namelen = 16;
    message.msg_controllen = 7;
    const auto name =
        name_in_struct(Special::message, arch::native, bytes_of(message));
    REQUIRE(name);
    CHECK(name->address == 0x123456789);
    CHECK(name->size == 16);
    message.msg_namelen = 1000;  // no AF_UNIX address
    CHECK_FALSE(
        name_in_struct(Special::message, arch::native, bytes_of(message)));

    message.msg_namelen = 16;
    const std::string moved = with_name(Special::message, arch::native,
                                        bytes_of(message), 0x6f001000, 30);
    msghdr after{};
    REQUIRE(moved.size() == sizeof after);
    std::memcpy(&after, moved.data(), sizeof after);
    CHECK(after.msg_name == reinterpret_cast<void*>(0x6f001000));
    CHECK(after.msg_namelen == 30);
    CHECK(after.msg_controllen == 7);
  }

  TEST_CASE("32-bit messages") {
    const std::uint32_t words[8] = {0x1234, 20, 3, 4, 5, 6, 7, 8};
    const auto name =
        name_in_struct(Special::messages, arch::compat, bytes_of(words));
    REQUIRE(name);
    CHECK(name->address == 0x1234);
    CHECK(name->size == 20);
    const std::string moved = with_name(Special::messages, arch::compat,
                                        bytes_of(words), 0x6f001000, 30);
    std::uint32_t after[8];
    std::memcpy(after, moved.data(), sizeof after);
    CHECK(after[0] == 0x6f001000);
    CHECK(after[1] == 30);
    CHECK(after[2] == 3);
    CHECK(sent_length_offset(arch::compat) == 28);
  }

  TEST_CASE("names of bpf objects") {
    bpf_attr attr{};
    attr.pathname = 0x5555aaaa1111;
    const auto& rule = *find_rule(AUDIT_ARCH_X86_64, 321);
    CHECK(struct_size(rule, entry(321, {BPF_OBJ_GET, 0x1000, 16})) == 16);
    CHECK(struct_size(rule, entry(321, {BPF_OBJ_GET, 0x1000, 5})) == 0);
    CHECK(struct_size(rule, entry(321, {BPF_OBJ_GET, 0x1000, 5000})) == 0);
    std::string bytes = bytes_of(attr).substr(0, 20);
    auto name = name_in_struct(Special::bpf_object, arch::native, bytes);
    REQUIRE(name);
    CHECK(name->address == 0x5555aaaa1111);
    CHECK(name->size == 0);
    CHECK(name->dirfd == AT_FDCWD);
    const std::uint32_t flags = 1U << 14U;
    const int dirfd = 9;
    std::memcpy(bytes.data() + 12, &flags, sizeof flags);
    std::memcpy(bytes.data() + 16, &dirfd, sizeof dirfd);
    name = name_in_struct(Special::bpf_object, arch::native, bytes);
    REQUIRE(name);
    CHECK(name->dirfd == 9);
  }
}
