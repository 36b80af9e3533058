// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/transfer.hh"

#include <fmt/core.h>

#include <algorithm>
#include <deque>

namespace vfsrun::sftp {

namespace {

constexpr unsigned first_readdirs = 4;
constexpr unsigned most_readdirs = 64;
constexpr std::size_t most_names = 1'000'000;

/// The READs of one range, in order.
class ReadAhead {
 public:
  ReadAhead(const OpenHandle& file, ByteRange range)
      : file_(file),
        next_(range.offset),
        end_(range.end()),
        piece_(file.connection->features().longest_read) {}

  /// False: all of it has come, or the file has ended.
  Result<bool> step(const ByteSink& sink, const Call& call) {
    ReadPace& pace = file_.connection->read_pace();
    while (next_ < end_ && (out_.empty() || in_flight_ < pace.window())) {
      const ByteRange part{next_,
                           std::min<std::uint64_t>(piece_, end_ - next_)};
      out_.push_back(ask(part));
      next_ += part.size;
    }
    if (out_.empty()) return false;
    Part part = std::move(out_.front());
    out_.pop_front();
    in_flight_ -= part.range.size;
    const Reply reply = TRY(part.request.wait(call));
    pace.answered(part.range.size, part.asked, ReadPace::Clock::now());
    if (!TRY(more_to_come(reply, PacketType::data, file_.what))) return false;
    const std::span<const std::byte> bytes = TRY(read_data(reply));
    if (bytes.empty() || bytes.size() > part.range.size) {
      return fail(EPROTO,
                  fmt::format("{}: {} bytes, where {} were asked for",
                              file_.what, bytes.size(), part.range.size));
    }
    TRY(sink(bytes));
    // A server may send less than it was asked for, though there is more.
    if (bytes.size() < part.range.size) {
      out_.push_front(ask(
          {part.range.offset + bytes.size(), part.range.size - bytes.size()}));
    }
    return true;
  }

 private:
  struct Part {
    ByteRange range;
    ReadPace::Clock::time_point asked;
    Request request;
  };

  Part ask(ByteRange part) {
    PacketWriter packet(PacketType::read);
    packet.text(file_.handle)
        .number64(part.offset)
        .number(static_cast<std::uint32_t>(part.size));
    in_flight_ += part.size;
    return {part, ReadPace::Clock::now(),
            file_.connection->send(std::move(packet), part.size)};
  }

  const OpenHandle& file_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::uint64_t piece_;
  std::uint64_t in_flight_ = 0;
  std::deque<Part> out_;
};

}  // namespace

Result<void> read_range(const OpenHandle& file, ByteRange range,
                        const ByteSink& sink, const Call& call) {
  ReadAhead reader(file, range);
  while (TRY(reader.step(sink, call))) {
  }
  return {};
}

Result<std::vector<Name>> list_directory(
    const std::shared_ptr<Connection>& connection, const std::string& path,
    const Call& call) {
  Request opening =
      connection->send(std::move(PacketWriter(PacketType::opendir).text(path)));
  const std::string handle = TRY(expect_handle(opening.wait(call), path));

  // Closed in any case; nobody needs to know how that went.
  struct Closer {
    Connection& connection;
    const std::string& handle;

    ~Closer() {
      connection.send_and_forget(
          std::move(PacketWriter(PacketType::close).text(handle)));
    }
  } const closer{*connection, handle};

  std::vector<Name> names;
  std::deque<Request> out;
  unsigned wanted = first_readdirs;
  std::size_t answers = 0;
  for (;;) {
    while (out.size() < wanted) {
      out.push_back(connection->send(
          std::move(PacketWriter(PacketType::readdir).text(handle))));
    }
    const Reply reply = TRY(out.front().wait(call));
    out.pop_front();
    if (!TRY(more_to_come(reply, PacketType::name, path))) return names;
    std::vector<Name> some = TRY(read_names(reply));
    std::ranges::move(some, std::back_inserter(names));
    // Empty answers count too: they could go on for ever.
    if (names.size() + ++answers > most_names) {
      return fail(EFBIG,
                  fmt::format("{}: more than {} names", path, most_names));
    }
    wanted = std::min(wanted + 2, most_readdirs);
  }
}

}  // namespace vfsrun::sftp
