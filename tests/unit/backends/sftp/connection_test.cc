// SPDX-License-Identifier: GPL-2.0-or-later
// A server that the test plays itself: answers that no honest one gives.
#include "backends/sftp/connection.hh"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "backends/sftp/transfer.hh"
#include "tests/support/sftp_server.hh"

TEST_SUITE_BEGIN("backends/sftp/connection.cc");

using namespace vfsrun;
using namespace vfsrun::sftp;
using vfsrun::test::PairChannel;
using vfsrun::test::SocketPair;

namespace {

// As in the gateway: a server writes on when its client has gone.
[[maybe_unused]] const auto former_action = std::signal(SIGPIPE, SIG_IGN);

/// Reads requests and answers as told. One thread of its own.
class Server {
 public:
  using Answer = std::function<void(Server&, PacketType, std::uint32_t)>;

  /// `answer` gets what comes after the greeting and the home directory.
  explicit Server(Answer answer, Timeouts timeouts = {})
      : answer_(std::move(answer)) {
    connection =
        Connection::start(
            "test",
            [this](const Patience&) {
              return std::make_unique<PairChannel>(std::move(pair_.ours));
            },
            timeouts)
            .value();
    thread_ = std::jthread([this] { run(); });
  }

  ~Server() {
    connection->end();
    connection->wait_ended(std::chrono::seconds(10));
    ::shutdown(pair_.theirs.get(), SHUT_RDWR);
  }

  void say(PacketType type, std::uint32_t id, PacketWriter&& body) {
    Bytes bytes = std::move(body).finish(id);
    bytes[4] = static_cast<std::byte>(type);
    raw(bytes);
  }

  void raw(std::span<const std::byte> bytes) {
    (void)write_all(pair_.theirs.get(), bytes);
  }

  void status(std::uint32_t id, std::uint32_t code) {
    say(PacketType::status, id,
        std::move(
            PacketWriter(PacketType::status).number(code).text("x").text("")));
  }

  std::shared_ptr<Connection> connection;

 private:
  void run() {
    Framer framer;
    Framer::Packet packet{};
    for (;;) {
      const auto room = framer.room(65536);
      const ssize_t size = ::read(pair_.theirs.get(), room.data(), room.size());
      if (size <= 0) return;
      framer.commit(static_cast<std::size_t>(size));
      while (framer.next(packet).value()) on(packet.type, packet.id);
    }
  }

  void on(PacketType type, std::uint32_t id) {
    if (type == PacketType::init) {
      say(PacketType::version, 3, PacketWriter(PacketType::version));
    } else if (type == PacketType::realpath && !greeted_) {
      greeted_ = true;
      PacketWriter home(PacketType::name);
      home.number(1).text("/home/u").text("").number(0);
      say(PacketType::name, id, std::move(home));
    } else if (type == PacketType::stat) {
      say(PacketType::attrs, id,
          std::move(PacketWriter(PacketType::attrs).number(0)));
    } else {
      answer_(*this, type, id);
    }
  }

  Answer answer_;
  SocketPair pair_;
  bool greeted_ = false;
  std::jthread thread_;
};

Error asked(Server& server) {
  Call call;
  REQUIRE(server.connection->wait_until_up(call));
  const auto reply =
      server.connection
          ->send(std::move(PacketWriter(PacketType::lstat).text("/x")))
          .wait(call);
  return reply ? Error{0, {}} : reply.error();
}

}  // namespace

TEST_CASE("an id that was not asked for ends the connection") {
  Server server([](Server& self, PacketType, std::uint32_t id) {
    self.status(id + 1000, 0);
  });
  const Error error = asked(server);
  CHECK(error.code == EPROTO);
  CHECK(error.detail == "test: an answer to what was not asked");
}

TEST_CASE("so does a second answer to one question") {
  Server server([](Server& self, PacketType, std::uint32_t id) {
    self.status(id, 2);
    self.status(id, 2);
  });
  CHECK(asked(server).code == 0);
  CHECK(server.connection->wait_ended(std::chrono::seconds(20)));
  CHECK(server.connection->cause().code == EPROTO);
}

TEST_CASE("so does a length that is none") {
  Server server([](Server& self, PacketType, std::uint32_t) {
    self.raw(Bytes(64, std::byte{0xff}));
  });
  CHECK(asked(server).code == EPROTO);
}

TEST_CASE("so does more data than was asked for") {
  Server server([](Server& self, PacketType, std::uint32_t id) {
    self.say(
        PacketType::data, id,
        std::move(PacketWriter(PacketType::data).text(std::string(1000, 'x'))));
  });
  Call call;
  REQUIRE(server.connection->wait_until_up(call));
  const OpenHandle file{server.connection, "h", "f"};
  const auto done = read_range(
      file, {0, 100}, [](std::span<const std::byte>) { return Result<void>(); },
      call);
  CHECK(done.error().code == EPROTO);
}

TEST_CASE("short answers are asked on from, up to the end of the file") {
  std::atomic<int> reads = 0;
  Server server([&](Server& self, PacketType, std::uint32_t id) {
    // A file of 5 bytes, one at a time.
    if (++reads > 5) return self.status(id, 1);
    self.say(PacketType::data, id,
             std::move(PacketWriter(PacketType::data).text("x")));
  });
  Call call;
  REQUIRE(server.connection->wait_until_up(call));
  const OpenHandle file{server.connection, "h", "f"};
  std::size_t got = 0;
  const auto done = read_range(
      file, {0, 100},
      [&](std::span<const std::byte> bytes) {
        got += bytes.size();
        return Result<void>();
      },
      call);
  CHECK(done);
  CHECK(got == 5);
}

TEST_CASE("names without end are not listed for ever") {
  Server server([](Server& self, PacketType type, std::uint32_t id) {
    if (type == PacketType::close) return self.status(id, 0);
    if (type == PacketType::opendir)
      return self.say(PacketType::handle, id,
                      std::move(PacketWriter(PacketType::handle).text("d")));
    PacketWriter names(PacketType::name);
    names.number(1000);
    for (int i = 0; i < 1000; ++i) names.text("n").text("").number(0);
    self.say(PacketType::name, id, std::move(names));
  });
  Call call;
  REQUIRE(server.connection->wait_until_up(call));
  CHECK(list_directory(server.connection, "/", call).error().code == EFBIG);
}

TEST_CASE("a server that hangs up before its greeting, or speaks no sftp") {
  SocketPair pair;
  Call call;
  SUBCASE("hangs up") { pair.theirs.reset(); }
  SUBCASE("speaks of other things") {
    (void)write_all(pair.theirs.get(),
                    std::string_view("This account is closed.\n"));
  }
  const auto connection =
      Connection::start(
          "test",
          [&](const Patience&) {
            return std::make_unique<PairChannel>(std::move(pair.ours));
          },
          {})
          .value();
  const auto up = connection->wait_until_up(call);
  REQUIRE_FALSE(up);
  CHECK(up.error().detail.starts_with("test: "));
  CHECK(connection->wait_ended(std::chrono::seconds(20)));
}

TEST_CASE("a connection without work is kept alive by questions") {
  std::atomic<int> questions = 0;
  Timeouts timeouts;
  timeouts.keep_alive = std::chrono::milliseconds(5);
  Server server(
      [&](Server& self, PacketType type, std::uint32_t id) {
        if (type == PacketType::realpath) ++questions;
        questions.notify_all();
        self.status(id, 4);  // whatever it says
      },
      timeouts);
  for (int seen = 0; seen < 3; seen = questions) questions.wait(seen);
  CHECK(server.connection->state() == Connection::State::up);
}

TEST_CASE("and is given up when nobody answers them") {
  Timeouts timeouts;
  timeouts.keep_alive = std::chrono::milliseconds(5);
  timeouts.stall = std::chrono::milliseconds(100);
  Server server([](Server&, PacketType, std::uint32_t) {}, timeouts);
  REQUIRE(server.connection->wait_ended(std::chrono::seconds(60)));
  CHECK(server.connection->was_up());
  CHECK(server.connection->cause().code == gone_silent);
}

TEST_SUITE_END();
