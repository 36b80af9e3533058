// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/file.hh"

#include <sys/stat.h>

#include <condition_variable>

#include "backends/sftp/file_packets.hh"
#include "backends/sftp/questions.hh"

namespace vfsrun::sftp {

namespace {

// One write() at a time puts no more than this on its way.
constexpr std::size_t most_at_once = std::size_t{8} << 20;

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

/// Waits for what was only started.
class Outcome {
 public:
  void set(Result<void> result) {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    there_.notify_all();
  }

  /// Nothing where `call` ends first.
  std::optional<Result<void>> wait(const Call& call) {
    std::unique_lock lock(mutex_);
    there_.wait_until(lock, call.stop, call.deadline,
                      [&] { return result_.has_value(); });
    return result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any there_;
  std::optional<Result<void>> result_;
};

/// Starts something and waits for it.
template <class Start>
Result<void> started(FileState& state, const Call& call, Start start) {
  const auto outcome = std::make_shared<Outcome>();
  const FileState::StepPtr step = start(
      [outcome](Result<void> result) { outcome->set(std::move(result)); });
  if (auto result = outcome->wait(call)) return *std::move(result);
  state.leave(step);
  if (call.stop.stop_requested()) return fail(EINTR);
  return fail(ETIMEDOUT, state.path() + ": no answer in time");
}

}  // namespace

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
        return std::unique_ptr<LiveFile>(new File(std::make_shared<FileState>(
            remote, OpenHandle{connection, std::move(made.handle), path}, how,
            made.attributes)));
      });
}

Result<void> File::read(ByteRange range, const ByteSink& sink, Call& call) {
  // After a break it goes on where it was.
  return state_->use(call, [&](const OpenHandle& file) {
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
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), most_at_once));
    TRY(started(*state_, call, [&](Done done) {
      return state_->start_write(offset, part, std::move(done));
    }));
    offset += part.size();
    bytes = bytes.subspan(part.size());
  }
  return {};
}

void File::start_write(std::uint64_t offset, std::span<const std::byte> bytes,
                       Done done) {
  if (bytes.empty()) return done({});
  (void)state_->start_write(offset, bytes, std::move(done));
}

Result<Attr> File::attributes(Call& call) {
  return state_->use(call, [&](const OpenHandle& file) -> Result<Attr> {
    const std::uint64_t asked_at = state_->epoch();
    Request looking =
        file.connection->send(handle_packet(PacketType::fstat, file));
    const FileAttributes now =
        TRY(expect_attributes(looking.wait(call), file.what));
    state_->observe(now, asked_at);
    return shown(now, file.connection->features().user);
  });
}

Result<void> File::change(const AttrChange& change, Call& call) {
  AttrChange whole = change;
  if (change.accessed.has_value() != change.modified.has_value()) {
    const Attr now = TRY(attributes(call));
    if (!whole.accessed) whole.accessed = now.accessed;
    if (!whole.modified) whole.modified = now.modified;
  }
  const FileAttributes wanted = TRY(to_send(whole));
  return started(*state_, call, [&](Done done) {
    return state_->start_change(wanted, std::move(done));
  });
}

void File::start_change(const AttrChange& change, Done done) {
  if (change.accessed.has_value() != change.modified.has_value()) {
    // The other one has to be asked for first.
    Call call;
    return done(this->change(change, call));
  }
  const Result<FileAttributes> wanted = to_send(change);
  if (!wanted) return done(tl::unexpected(wanted.error()));
  (void)state_->start_change(*wanted, std::move(done));
}

Result<void> File::sync(Call& call) {
  return state_->use(call, [&](const OpenHandle& file) -> Result<void> {
    if (!file.connection->features().fsync) return fail(EOPNOTSUPP);
    Request syncing = file.connection->send(
        std::move(PacketWriter("fsync@openssh.com").text(file.handle)));
    return expect_ok(syncing.wait(call), file.what);
  });
}

Result<void> File::close(Call& call) {
  if (!state_->is_connected() && !state_->was_changed()) {
    // Nobody has anything to say, nor anybody to hear.
    state_->forget_handle();
    return {};
  }
  // On a new connection it is seen whether the file is still what it was.
  Result<void> closed =
      state_->use(call, [&](const OpenHandle& file) -> Result<void> {
        Request closing =
            file.connection->send(handle_packet(PacketType::close, file));
        return expect_ok(closing.wait(call), file.what);
      });
  state_->forget_handle();
  return closed;
}

}  // namespace vfsrun::sftp
