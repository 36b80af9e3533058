// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/result.hh"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>

#include "gateway/base/guarded.hh"

namespace vfsrun {

namespace {

Result<std::unique_ptr<int>> make(bool good) {
  if (!good) return fail(ENOENT, "no such thing");
  return std::make_unique<int>(7);
}

Result<void> check(bool good) {
  if (!good) return fail(EPERM);
  return {};
}

Result<int> use(bool first, bool second, int* reached) {
  const std::unique_ptr<int> value = TRY(make(first));
  ++*reached;
  TRY(check(second));
  ++*reached;
  return *value;
}

TEST_SUITE("gateway/base/result") {
  TEST_CASE("TRY gives the value or returns the error at once") {
    int reached = 0;
    CHECK(use(true, true, &reached).value() == 7);
    CHECK(reached == 2);
    CHECK(use(false, true, &reached).error() == Error{ENOENT, "no such thing"});
    CHECK(reached == 2);
    CHECK(use(true, false, &reached).error() == Error{EPERM, ""});
    CHECK(reached == 3);
  }

  TEST_CASE("an errno becomes a sentence") {
    errno = EACCES;
    const Result<void> failed = fail_errno("open /x");
    CHECK(failed.error() == Error{EACCES, "open /x: Permission denied"});
    const Result<void> other = fail_errno("read", EFBIG);
    CHECK(other.error() == Error{EFBIG, "read: File too large"});
  }

  TEST_CASE("a broken invariant says where it is") {
    CHECK_THROWS_WITH_AS(detail::check_failed("a == b", "f.cc", 12),
                         "f.cc:12: a == b does not hold", std::logic_error);
  }

  TEST_CASE("guarded data is reached through its lock, one at a time") {
    Guarded<int> guarded(5);
    {
      auto access = guarded.lock();
      CHECK(*access == 5);
      *access = 6;
      CHECK(access.lock().owns_lock());
    }
    CHECK(*guarded.lock() == 6);
  }
}

}  // namespace

}  // namespace vfsrun
