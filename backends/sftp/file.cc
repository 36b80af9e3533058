// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/file.hh"

#include <fmt/core.h>
#include <sys/stat.h>

#include "backends/sftp/questions.hh"

namespace vfsrun::sftp {

namespace {

std::uint32_t open_flags(const OpenMode& how) {
  return (how.read ? open_read : 0) | (how.write ? open_write : 0) |
         (how.create ? open_create : 0) |
         (how.create && how.exclusive ? open_exclusive : 0) |
         (how.truncate ? open_truncate : 0);
}

PacketWriter open_packet(const std::string& path, const OpenMode& how,
                         std::optional<mode_t> mode) {
  PacketWriter packet(PacketType::open);
  packet.text(path).number(open_flags(how));
  FileAttributes attributes;
  if (mode) attributes.permissions = *mode & 0777;
  write_attributes(packet, attributes);
  return packet;
}

PacketWriter handle_packet(PacketType type, const OpenHandle& file) {
  PacketWriter packet(type);
  packet.text(file.handle);
  return packet;
}

struct Opening {
  std::string handle;
  FileAttributes attributes;
};

Result<Opening> open_on(const std::shared_ptr<Connection>& connection,
                        const std::string& path, const OpenMode& how,
                        mode_t mode, const Call& call) {
  // Both in one round trip. The second tells what was opened, or why not.
  Request opening = connection->send(
      open_packet(path, how, how.create ? std::optional(mode) : std::nullopt));
  Request looking =
      connection->send(std::move(PacketWriter(PacketType::lstat).text(path)));
  const Result<std::string> handle = expect_handle(opening.wait(call), path);
  const auto attributes = expect_attributes(looking.wait(call), path);
  const mode_t found = attributes ? attributes->permissions.value_or(0) : 0;
  if (handle) {
    // open(2) of a directory may succeed on the server; its reads do not.
    if (attributes && !S_ISDIR(found)) return Opening{*handle, *attributes};
    connection->send_and_forget(
        std::move(PacketWriter(PacketType::close).text(*handle)));
    if (attributes) return fail(EISDIR);
    return tl::unexpected(attributes.error());
  }
  if (handle.error().code != EIO) return tl::unexpected(handle.error());
  if (attributes && how.create && how.exclusive) return fail(EEXIST);
  if (S_ISDIR(found)) return fail(EISDIR);
  return tl::unexpected(no_space_or(connection, path, handle.error(), call));
}

}  // namespace

File::Seen::Seen(const FileAttributes& attributes)
    : size(attributes.size.value_or(0)),
      modified(attributes.modified.value_or(0)) {}

void File::Seen::touch(std::uint64_t from, std::uint64_t to) {
  if (!touched) lowest = highest = size;
  touched = true;
  lowest = std::min(lowest, from);
  highest = std::max(highest, to);
}

bool File::Seen::may_be(const FileAttributes& attributes) const {
  const std::uint64_t now = attributes.size.value_or(0);
  const std::uint32_t then = attributes.modified.value_or(0);
  if (!touched) return now == size && then == modified;
  return now >= lowest && now <= highest && then >= modified;
}

/// While one is alive what the file looks like is not known exactly.
class File::Touch {
 public:
  Touch(File& file, std::uint64_t from, std::uint64_t to) : file_(file) {
    const std::lock_guard lock(file_.mutex_);
    file_.seen_.touch(from, to);
    file_.wrote_ = true;
    ++file_.epoch_;
    ++file_.touching_;
  }

  Touch(const Touch&) = delete;
  Touch& operator=(const Touch&) = delete;

  ~Touch() {
    const std::lock_guard lock(file_.mutex_);
    --file_.touching_;
  }

 private:
  File& file_;
};

File::File(std::shared_ptr<Remote> remote, OpenHandle handle, OpenMode how,
           const FileAttributes& attributes)
    : remote_(std::move(remote)),
      path_(handle.what),
      how_(how),
      handle_(std::move(handle)),
      seen_(attributes) {
  // A second opening finds the file; it must not make or empty one.
  how_.create = how_.exclusive = how_.truncate = false;
}

File::~File() {
  if (!handle_.handle.empty())
    handle_.connection->send_and_forget(
        handle_packet(PacketType::close, handle_));
}

Result<std::unique_ptr<LiveFile>> File::open(std::shared_ptr<Remote> remote,
                                             std::string path, OpenMode how,
                                             mode_t mode, const Call& call) {
  const Repeat repeat =
      how.create && how.exclusive ? Repeat::never : Repeat::harmless;
  return remote->with_connection(
      repeat, call,
      [&](const std::shared_ptr<Connection>& connection)
          -> Result<std::unique_ptr<LiveFile>> {
        Opening made = TRY(open_on(connection, path, how, mode, call));
        return std::unique_ptr<LiveFile>(
            new File(remote, {connection, std::move(made.handle), path}, how,
                     made.attributes));
      });
}

Result<OpenHandle> File::current(const Call& call) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (failed_) return tl::unexpected(*failed_);
    if (handle_.connection->state() == Connection::State::up) return handle_;
    if (unsettled_ && handle_.connection->cause().code == gone_silent) {
      lock.unlock();
      return tl::unexpected(give_up(handle_.connection->cause()));
    }
    if (!reopening_) break;
    if (!reopened_.wait_until(lock, call.stop, call.deadline,
                              [&] { return !reopening_; }))
      return call.stop.stop_requested() ? fail(EINTR) : fail(ETIMEDOUT, path_);
  }
  reopening_ = true;
  lock.unlock();
  Result<OpenHandle> made = reopen(call);
  lock.lock();
  reopening_ = false;
  if (made) {
    handle_ = *made;
  } else if (made.error().code == ESTALE) {
    failed_ = made.error();
  }
  reopened_.notify_all();
  return made;
}

Result<OpenHandle> File::reopen(const Call& call) {
  const std::shared_ptr<Connection> connection =
      TRY(remote_->pool().get(Pool::Away::wait, call));
  const auto gone = [&](std::string_view why) {
    return fail(ESTALE,
                fmt::format("{}: {}: the connection was lost, and the file {}",
                            remote_->label(), path_, why));
  };
  Request opening = connection->send(open_packet(path_, how_, std::nullopt));
  Result<std::string> handle = expect_handle(opening.wait(call), path_);
  if (!handle && handle.error().code == ENOENT)
    return gone("is not there any more");
  if (!handle) return gone("cannot be opened again");
  OpenHandle made{connection, *std::move(handle), path_};
  Request looking = connection->send(handle_packet(PacketType::fstat, made));
  const FileAttributes now = TRY(expect_attributes(looking.wait(call), path_));
  const std::lock_guard lock(mutex_);
  if (seen_.may_be(now)) return made;
  connection->send_and_forget(handle_packet(PacketType::close, made));
  return gone("has another size or date now");
}

std::uint64_t File::calm_epoch(unsigned own) {
  const std::lock_guard lock(mutex_);
  return touching_ == own ? epoch_ : 0;
}

void File::observe(const FileAttributes& attributes, std::uint64_t asked_at) {
  const std::lock_guard lock(mutex_);
  if (asked_at == epoch_) seen_ = Seen(attributes);
}

Error File::give_up(Error error) {
  error.detail += fmt::format("; what was written to {} may be lost", path_);
  error = remote_->reported(std::move(error));
  const std::lock_guard lock(mutex_);
  failed_ = error;
  return error;
}

void File::note_unsettled(Repeat repeat, int code) {
  const std::lock_guard lock(mutex_);
  // Answers come in the order of what was asked.
  if (code == 0) unsettled_ = false;
  if (repeat == Repeat::never && (code == EINTR || code == ETIMEDOUT))
    unsettled_ = true;
}

template <class Use>
auto File::use(Repeat repeat, const Call& call, Use what)
    -> decltype(what(std::declval<const OpenHandle&>())) {
  for (int left = Remote::most_tries;; --left) {
    Result<OpenHandle> handle = current(call);
    if (!handle) {
      if (is_lost(handle.error().code) && left > 1) continue;
      return tl::unexpected(remote_->reported(std::move(handle).error()));
    }
    auto answer = what(*handle);
    const int code = answer ? 0 : answer.error().code;
    note_unsettled(repeat, code);
    if (answer) return answer;
    if (!is_lost(code))
      return tl::unexpected(remote_->reported(std::move(answer).error()));
    if (repeat == Repeat::never && code == gone_silent)
      return tl::unexpected(give_up(std::move(answer).error()));
    if (left == 1)
      return tl::unexpected(remote_->reported(std::move(answer).error()));
  }
}

Result<void> File::read(ByteRange range, const ByteSink& sink, Call& call) {
  // After a break it goes on where it was.
  return use(Repeat::harmless, call, [&](const OpenHandle& file) {
    return read_range(
        file, range,
        [&](std::span<const std::byte> bytes) -> Result<void> {
          TRY(sink(bytes));
          range.offset += bytes.size();
          range.size -= bytes.size();
          return {};
        },
        call);
  });
}

Result<void> File::write(std::uint64_t offset, std::span<const std::byte> bytes,
                         Call& call) {
  const Touch touch(*this, UINT64_MAX, offset + bytes.size());
  return use(Repeat::never, call, [&](const OpenHandle& file) -> Result<void> {
    std::uint64_t asked_at = 0;
    std::optional<Request> looking;
    const Result<void> written = write_range(file, offset, bytes, call, [&] {
      asked_at = calm_epoch(1);
      looking.emplace(
          file.connection->send(handle_packet(PacketType::fstat, file)));
    });
    if (!written && written.error().code == EIO)
      return tl::unexpected(
          no_space_or(file.connection, path_, written.error(), call));
    if (!written) return written;
    // The bytes are there, whatever becomes of this answer.
    if (looking) {
      if (const Result<Reply> reply = looking->wait(call)) {
        if (const auto now = expect_attributes(*reply, path_))
          observe(*now, asked_at);
      }
    }
    return {};
  });
}

Result<Attr> File::attributes(Call& call) {
  return use(
      Repeat::harmless, call, [&](const OpenHandle& file) -> Result<Attr> {
        const std::uint64_t asked_at = calm_epoch(0);
        Request looking =
            file.connection->send(handle_packet(PacketType::fstat, file));
        const FileAttributes now =
            TRY(expect_attributes(looking.wait(call), path_));
        observe(now, asked_at);
        return shown(now, file.connection->features().user);
      });
}

Result<void> File::change(const AttrChange& change, Call& call) {
  AttrChange whole = change;
  if (change.accessed.has_value() != change.modified.has_value()) {
    const Attr now = TRY(attributes(call));
    whole.accessed = change.accessed ? change.accessed : now.accessed;
    whole.modified = change.modified ? change.modified : now.modified;
  }
  const FileAttributes wanted = TRY(to_send(whole));
  // A new date lies anywhere, and a new size at one place.
  const Touch touch(*this, change.size.value_or(UINT64_MAX),
                    change.size.value_or(0));
  Result<void> done =
      use(Repeat::never, call, [&](const OpenHandle& file) -> Result<void> {
        PacketWriter packet = handle_packet(PacketType::fsetstat, file);
        write_attributes(packet, wanted);
        Request changing = file.connection->send(std::move(packet));
        const std::uint64_t asked_at = calm_epoch(1);
        Request looking =
            file.connection->send(handle_packet(PacketType::fstat, file));
        TRY(expect_ok(changing.wait(call), path_));
        if (const Result<Reply> reply = looking.wait(call)) {
          if (const auto now = expect_attributes(*reply, path_))
            observe(*now, asked_at);
        }
        return {};
      });
  return refused_change(std::move(done), change);
}

Result<void> File::sync(Call& call) {
  return use(Repeat::never, call, [&](const OpenHandle& file) -> Result<void> {
    if (!file.connection->features().fsync) return fail(EOPNOTSUPP);
    Request syncing = file.connection->send(
        std::move(PacketWriter("fsync@openssh.com").text(file.handle)));
    return expect_ok(syncing.wait(call), path_);
  });
}

Result<void> File::close(Call& call) {
  bool wrote = false;
  {
    const std::lock_guard lock(mutex_);
    wrote = wrote_;
    if (!wrote && handle_.connection->state() != Connection::State::up) {
      handle_.handle.clear();
      return {};
    }
  }
  const Result<void> closed =
      use(Repeat::harmless, call, [&](const OpenHandle& file) -> Result<void> {
        Request closing =
            file.connection->send(handle_packet(PacketType::close, file));
        return expect_ok(closing.wait(call), path_);
      });
  const std::lock_guard lock(mutex_);
  handle_.handle.clear();
  if (!wrote) return {};
  return closed;
}

}  // namespace vfsrun::sftp
