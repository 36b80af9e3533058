// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/pool.hh"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "tests/support/sftp_server.hh"

TEST_SUITE_BEGIN("backends/sftp/pool.cc");

using namespace vfsrun;
using namespace vfsrun::sftp;
using vfsrun::test::SftpServers;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

struct PoolRig {
  PoolRig() {
    Pool::Settings settings;
    settings.label = "test";
    settings.open = servers.opener();
    settings.most = 2;
    settings.first_pause = std::chrono::milliseconds(1);
    pool.emplace(std::move(settings));
  }

  ConnectionPtr get() { return pool->get(Pool::Away::fail, call).value(); }

  /// A question whose answer may be this long, to servers that stand still.
  static Request burden(const ConnectionPtr& connection, std::size_t bytes) {
    return connection->send(
        std::move(PacketWriter(PacketType::lstat).text("/")), bytes);
  }

  SftpServers servers;
  Call call;
  std::optional<Pool> pool;
};

}  // namespace

TEST_CASE("a connection with a mebibyte to carry gets a second one beside it") {
  PoolRig rig;
  const ConnectionPtr first = rig.get();
  rig.servers.signal_all(SIGSTOP);
  const Request little = PoolRig::burden(first, mebibyte / 2);
  CHECK(rig.get() == first);
  CHECK(rig.servers.started() == 1);

  const Request much = PoolRig::burden(first, mebibyte / 2);
  ConnectionPtr second = rig.get();
  // Nobody waits for it: until it is up the first one serves.
  while ((second = rig.get()) == first) std::this_thread::yield();
  CHECK(rig.servers.started() == 2);

  // As many as the settings allow, and then the one with the least to carry.
  rig.servers.signal_all(SIGSTOP);
  const Request more = PoolRig::burden(second, 3 * mebibyte);
  CHECK(rig.get() == first);
  CHECK(rig.get() == first);
  CHECK(rig.servers.started() == 2);
  rig.servers.signal_all(SIGCONT);
}

TEST_CASE("a server that is away is tried again when a pause is over") {
  PoolRig rig;
  rig.servers.accept(false);
  CHECK(rig.pool->get(Pool::Away::fail, rig.call).error().code == ECONNREFUSED);
  std::jthread later([&] {
    rig.servers.wait_for_refusals(4);
    rig.servers.accept(true);
  });
  CHECK(rig.pool->get(Pool::Away::wait, rig.call));
  CHECK(rig.servers.started() == 1);
}

TEST_SUITE_END();
