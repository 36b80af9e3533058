// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/address.hh"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("backends/curl/address.cc");

using vfsrun::curl::is_private_address;

TEST_CASE("addresses of this machine and of its own network are private") {
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "0.0.0.0",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "100.127.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fe80::1%eth0",
                              "febf::1",
                              "fc00::1",
                              "fdff::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.1.2.3",
                              "64:ff9b::10.0.0.1"}) {
    CAPTURE(address);
    CHECK(is_private_address(address));
  }
}

TEST_CASE("all others are not, nor what is no address") {
  for (const char* address :
       {"1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.0.0.1",
        "128.0.0.1",
        "169.253.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "192.169.0.1",
        "2001:db8::1",
        "2606:4700::1111",
        "fec0::1",
        "fbff::1",
        "::2",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "",
        "localhost",
        "127.1",
        "0x7f.0.0.1",
        "[::1]",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"}) {
    CAPTURE(address);
    CHECK_FALSE(is_private_address(address));
  }
}

TEST_SUITE_END();
