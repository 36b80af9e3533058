// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/announce_slots.hh"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace vfsrun {

namespace {

/// The gateway's side: another mapping of the same memory.
AnnounceSlots other_side(const AnnounceSlots& slots) {
  return AnnounceSlots::attach(Fd(::dup(slots.fd()))).value();
}

TEST_SUITE("gateway/base/announce_slots") {
  TEST_CASE("every directory on the way is announced, and nothing else") {
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    CHECK_FALSE(reader.is_announced("/http/h/a"));
    writer.announce(5, "/http/h/a/b");
    for (const char* path : {"/http", "/http/h", "/http/h/a", "/http/h/a/b"}) {
      CAPTURE(path);
      CHECK(reader.is_announced(path));
    }
    for (const char* path :
         {"/http/h/a/b/c", "/http/h/a/bc", "/http/h/a/", "/htt", "/http/h/aa",
          "/http/h/b", "http", "/http/h/a/c"}) {
      CAPTURE(path);
      CHECK_FALSE(reader.is_announced(path));
    }
  }

  TEST_CASE("a cleared or replaced announcement is gone") {
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    writer.announce(0, "/http/h/long/path/here");
    writer.announce(0, "/http/h/x");
    CHECK_FALSE(reader.is_announced("/http/h/long"));
    CHECK(reader.is_announced("/http/h/x"));
    writer.clear(0);
    CHECK_FALSE(reader.is_announced("/http/h/x"));
    CHECK_FALSE(reader.is_announced("/http"));
  }

  TEST_CASE("two calls may announce one directory, and either may end first") {
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    writer.announce(1, "/http/h/a");
    writer.announce(7, "/http/h/a");
    writer.clear(1);
    CHECK(reader.is_announced("/http/h/a"));
    writer.clear(7);
    CHECK_FALSE(reader.is_announced("/http/h/a"));
  }

  TEST_CASE("lengths around a word and the longest path come through") {
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    for (const std::size_t length :
         {2UL, 7UL, 8UL, 9UL, 4000UL, AnnounceSlots::path_max - 1,
          AnnounceSlots::path_max}) {
      CAPTURE(length);
      const std::string path = "/" + std::string(length - 1, 'x');
      writer.announce(0, path);
      CHECK(reader.is_announced(path));
      CHECK_FALSE(reader.is_announced(path.substr(0, length - 1) + "y"));
    }
  }

  TEST_CASE("what does not fit is not announced") {
    auto writer = AnnounceSlots::create().value();
    const std::string path(AnnounceSlots::path_max + 1, '/');
    writer.announce(0, path);
    CHECK_FALSE(writer.is_announced(path));
    writer.announce(AnnounceSlots::count, "/http");
    CHECK_FALSE(writer.is_announced("/http"));
  }

  TEST_CASE("the last slot counts like the first") {
    auto writer = AnnounceSlots::create().value();
    writer.announce(AnnounceSlots::count - 1, "/http");
    CHECK(other_side(writer).is_announced("/http"));
  }

  TEST_CASE("one announcement stays while 1,000 others come and go") {
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    writer.announce(500, "/http/h/stays");
    std::atomic<bool> ended{false};
    std::atomic<std::uint64_t> missed{0};
    std::latch started(3);
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i) {
      readers.emplace_back([&] {
        started.arrive_and_wait();
        while (!ended) missed += reader.is_announced("/http/h/stays") ? 0 : 1;
      });
    }
    started.arrive_and_wait();
    for (int round = 0; round < 20; ++round) {
      for (std::size_t slot = 0; slot < 1001; ++slot)
        if (slot != 500)
          writer.announce(slot, "/http/h/other/" + std::to_string(slot));
      for (std::size_t slot = 0; slot < 1001; ++slot)
        if (slot != 500) writer.clear(slot);
    }
    ended = true;
    readers.clear();
    CHECK(missed == 0);
  }

  TEST_CASE("a reader never sees parts of two paths as one") {
    constexpr std::size_t length = 200;
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    // Every mixture of the two that a reader between two words could get.
    std::vector<std::string> mixtures;
    for (std::size_t cut = 7; cut < length; cut += 8) {
      mixtures.push_back("/" + std::string(cut, 'a') +
                         std::string(length - cut, 'b'));
      mixtures.push_back("/" + std::string(cut, 'b') +
                         std::string(length - cut, 'a'));
    }
    const std::string a = "/" + std::string(length, 'a');
    const std::string b = "/" + std::string(length, 'b');
    std::atomic<bool> ended{false};
    std::atomic<std::uint64_t> torn{0};
    std::atomic<std::uint64_t> whole{0};
    std::latch seen(1);
    std::jthread reading([&] {
      bool told = false;
      while (!ended) {
        for (const std::string& mixture : mixtures)
          torn += reader.is_announced(mixture) ? 1 : 0;
        whole += reader.is_announced(a) || reader.is_announced(b) ? 1 : 0;
        if (!told && whole > 0) seen.count_down();
        told = whole > 0;
      }
    });
    for (int i = 0; i < 20'000 || !seen.try_wait(); ++i) {
      writer.announce(0, a);
      writer.announce(0, b);
    }
    ended = true;
    reading.join();
    CHECK(torn == 0);
    CHECK(whole > 0);
  }

  TEST_CASE("a writer killed in the middle of a change blocks nobody") {
    auto writer = AnnounceSlots::create().value();
    const auto reader = other_side(writer);
    writer.announce(0, "/http/h/a");
    writer.announce(1, "/http/h/b");
    // An odd sequence number in slot 0, as it is while a path is written.
    const std::uint64_t odd = 3;
    REQUIRE(::pwrite(writer.fd(), &odd, sizeof odd, 4096) == sizeof odd);
    CHECK_FALSE(reader.is_announced("/http/h/a"));
    CHECK(reader.is_announced("/http/h/b"));
  }

  TEST_CASE("a descriptor of another size is refused") {
    CHECK_FALSE(AnnounceSlots::attach(make_memfd("small", 4096).value()));
  }
}

}  // namespace

}  // namespace vfsrun
