// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/unix_address.hh"

#include <doctest/doctest.h>

using vfsrun::tracer::can_be_unix_address;
using vfsrun::tracer::make_unix_address;
using vfsrun::tracer::unix_address_path;

TEST_SUITE("tracer/unix_address") {
  TEST_CASE("a path survives being made into an address") {
    const auto address = make_unix_address("/tmp/socket");
    REQUIRE(address);
    CHECK(can_be_unix_address(address->size()));
    CHECK(unix_address_path(*address) == "/tmp/socket");
  }

  TEST_CASE("107 bytes fit, 108 do not") {
    CHECK(make_unix_address(std::string(107, 'x')));
    const auto longer = make_unix_address(std::string(108, 'x'));
    REQUIRE_FALSE(longer);
    CHECK(longer.error().code == ENAMETOOLONG);
  }

  TEST_CASE("a path that fills its field needs no NUL") {
    std::string address = *make_unix_address(std::string(107, 'x'));
    address.back() = 'y';
    CHECK(unix_address_path(address)->size() == 108);
  }

  TEST_CASE("abstract, unnamed and foreign addresses have no path") {
    std::string address = *make_unix_address("/tmp/socket");
    std::string abstract = address;
    abstract[2] = '\0';
    CHECK_FALSE(unix_address_path(abstract));
    CHECK_FALSE(unix_address_path(address.substr(0, 2)));
    address[0] = 2;  // AF_INET
    CHECK_FALSE(unix_address_path(address));
    CHECK_FALSE(unix_address_path(""));
    CHECK_FALSE(can_be_unix_address(2));
    CHECK_FALSE(can_be_unix_address(111));
  }
}
