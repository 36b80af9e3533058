// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/replies.hh"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

namespace vfsrun::sftp {

namespace {

/// As TRY() would give it, without a copy.
Result<std::reference_wrapper<const Reply>> arrived(const Answer& answer) {
  if (!answer) return tl::unexpected(answer.error());
  return std::cref(*answer);
}

tl::unexpected<Error> wrong_type(const Reply& reply, std::string_view what) {
  return fail(EPROTO, fmt::format("{}: an answer of type {}", what,
                                  static_cast<int>(reply.type)));
}

/// What a status means, with the server's own words.
struct Verdict {
  Status status;
  std::string message;
};

Result<Verdict> read_status(const Reply& reply) {
  PacketReader reader(reply.body);
  Verdict verdict{static_cast<Status>(TRY(reader.number32())), {}};
  // Old servers leave the message out.
  if (!reader.at_end()) verdict.message = TRY(reader.text());
  constexpr std::size_t longest = 200;
  verdict.message.resize(std::min(verdict.message.size(), longest));
  return verdict;
}

tl::unexpected<Error> failure(const Verdict& verdict, std::string_view what) {
  return fail(
      errno_of(verdict.status),
      fmt::format("{}: the server says \"{}\" ({})", what, verdict.message,
                  static_cast<std::uint32_t>(verdict.status)));
}

/// For an answer that should have held something.
tl::unexpected<Error> refusal(const Reply& reply, std::string_view what) {
  if (reply.type != PacketType::status) return wrong_type(reply, what);
  const Result<Verdict> verdict = read_status(reply);
  if (!verdict) return tl::unexpected(verdict.error());
  if (verdict->status == Status::ok || verdict->status == Status::eof)
    return wrong_type(reply, what);
  return failure(*verdict, what);
}

}  // namespace

int errno_of(Status status) noexcept {
  switch (status) {
    case Status::no_such_file:
    case Status::no_such_path:
      return ENOENT;
    case Status::permission_denied:
      return EACCES;
    case Status::bad_message:
    case Status::invalid_filename:
      return EINVAL;
    case Status::op_unsupported:
      return EOPNOTSUPP;
    case Status::file_already_exists:
      return EEXIST;
    case Status::write_protect:
      return EROFS;
    case Status::no_space:
      return ENOSPC;
    case Status::quota_exceeded:
      return EDQUOT;
    case Status::directory_not_empty:
      return ENOTEMPTY;
    case Status::not_a_directory:
      return ENOTDIR;
    case Status::link_loop:
      return ELOOP;
    case Status::file_is_a_directory:
      return EISDIR;
    default:
      return EIO;
  }
}

Result<void> expect_ok(const Answer& answer, std::string_view what) {
  const Reply& reply = TRY(arrived(answer));
  if (reply.type != PacketType::status) return wrong_type(reply, what);
  const Verdict verdict = TRY(read_status(reply));
  if (verdict.status == Status::ok) return {};
  return failure(verdict, what);
}

Result<std::string> expect_handle(const Answer& answer, std::string_view what) {
  const Reply& reply = TRY(arrived(answer));
  if (reply.type != PacketType::handle) return refusal(reply, what);
  PacketReader reader(reply.body);
  const std::string_view handle = TRY(reader.text());
  if (handle.empty() || handle.size() > longest_handle) {
    return fail(EPROTO,
                fmt::format("{}: a handle of {} bytes", what, handle.size()));
  }
  return std::string(handle);
}

Result<FileAttributes> expect_attributes(const Answer& answer,
                                         std::string_view what) {
  const Reply& reply = TRY(arrived(answer));
  if (reply.type != PacketType::attrs) return refusal(reply, what);
  PacketReader reader(reply.body);
  return read_attributes(reader);
}

Result<std::string> expect_path(const Answer& answer, std::string_view what) {
  const Reply& reply = TRY(arrived(answer));
  if (reply.type != PacketType::name) return refusal(reply, what);
  std::vector<Name> names = TRY(read_names(reply));
  if (names.size() != 1 || names.front().name.empty())
    return fail(EPROTO, fmt::format("{}: no path in the answer", what));
  return std::move(names.front().name);
}

Result<StoreSpace> expect_space(const Answer& answer, std::string_view what) {
  const Reply& reply = TRY(arrived(answer));
  if (reply.type != PacketType::extended_reply) return refusal(reply, what);
  // f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, ...
  PacketReader reader(reply.body);
  StoreSpace space;
  TRY(reader.number64());
  const std::uint64_t unit = TRY(reader.number64());
  const auto bytes = [&](std::uint64_t blocks) {
    return unit != 0 && blocks > UINT64_MAX / unit ? UINT64_MAX : blocks * unit;
  };
  space.block_size = std::clamp<std::uint64_t>(unit, 512, 1 << 30);
  space.total = bytes(TRY(reader.number64()));
  space.free = bytes(TRY(reader.number64()));
  space.available = bytes(TRY(reader.number64()));
  space.files = TRY(reader.number64());
  space.free_files = TRY(reader.number64());
  return space;
}

Result<std::vector<Name>> read_names(const Reply& reply) {
  PacketReader reader(reply.body);
  const std::uint32_t count = TRY(reader.number32());
  std::vector<Name> names;
  // An entry is 12 bytes at least: a lying count makes no large allocation.
  names.reserve(std::min<std::size_t>(count, reply.body.size() / 12));
  for (std::uint32_t i = 0; i < count; ++i) {
    Name& name = names.emplace_back();
    name.name = TRY(reader.text());
    TRY(reader.text());  // as ls -l would show it, for people
    name.attributes = TRY(read_attributes(reader));
  }
  return names;
}

Result<bool> more_to_come(const Answer& answer, PacketType wanted,
                          std::string_view what) {
  const Reply& reply = TRY(arrived(answer));
  if (reply.type == wanted) return true;
  if (reply.type != PacketType::status) return wrong_type(reply, what);
  const Verdict verdict = TRY(read_status(reply));
  if (verdict.status == Status::eof) return false;
  if (verdict.status == Status::ok) return wrong_type(reply, what);
  return failure(verdict, what);
}

Result<std::span<const std::byte>> read_data(const Reply& reply) {
  PacketReader reader(reply.body);
  return reader.data();
}

}  // namespace vfsrun::sftp
