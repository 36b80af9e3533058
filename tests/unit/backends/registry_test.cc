// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/registry.hh"

#include <doctest/doctest.h>

#include <algorithm>

#include "gateway/base/schemes.hh"

TEST_SUITE_BEGIN("backends/registry.cc");

using namespace vfsrun;

TEST_CASE("directories that no server knows are the web's") {
  SharedCounters counters = SharedCounters::create().value();
  BackendContext context(counters);
  for (const std::string& scheme : backend_schemes()) {
    CAPTURE(scheme);
    Mount mount;
    mount.url = scheme + "://{host}/";
    const auto backend = make_backend(mount, context);
    REQUIRE(backend);
    CHECK((*backend)->directories_are_implied() == scheme.starts_with("http"));
    CHECK(((*backend)->live() != nullptr) == (scheme == "sftp"));
  }
}

TEST_CASE("each scheme that a mount may have has a backend, and no other") {
  std::vector<std::string> allowed(mount_schemes.begin(), mount_schemes.end());
  std::ranges::sort(allowed);
  CHECK(allowed == backend_schemes());
}

TEST_CASE("an unknown scheme is refused with the known ones") {
  SharedCounters counters = SharedCounters::create().value();
  BackendContext context(counters);
  Mount mount;
  mount.url = "gopher://host/";
  const auto backend = make_backend(mount, context);
  REQUIRE_FALSE(backend);
  CHECK(backend.error().code == EINVAL);
  CHECK(backend.error().detail.find("gopher") != std::string::npos);
  CHECK(backend.error().detail.find("https") != std::string::npos);
}

TEST_SUITE_END();
