// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/session.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdarg>
#include <cstring>
#include <thread>

#include "gateway/base/log.hh"
#include "gateway/fuse/notifier.hh"
#include "gateway/fuse/ops.hh"
#include "gateway/fuse/session_data.hh"
#include "gateway/fuse/unmount.hh"

namespace vfsrun::fuse {

namespace {

/// A worker blocks until its operation is answered, so this many operations
/// can wait for slow servers before others have to. An idle worker costs its
/// stack, a started one little more; none is started before it is needed.
constexpr unsigned max_threads = 1100;
constexpr auto end_time = std::chrono::seconds(2);

/// What libfuse says while it mounts, for the one line to people.
std::string& last_words() {
  thread_local std::string words;
  return words;
}

void take_log(fuse_log_level /*level*/, const char* format, va_list arguments) {
  std::array<char, 512> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text(line.data());
  while (text.ends_with('\n')) text.pop_back();
  LOG(debug, "libfuse: {}", text);
  last_words() = std::move(text);
}

struct DestroySession {
  void operator()(fuse_session* session) const noexcept {
    fuse_session_destroy(session);
  }
};

struct DestroyLoop {
  void operator()(fuse_loop_config* config) const noexcept {
    fuse_loop_cfg_destroy(config);
  }
};

}  // namespace

struct Session::Impl {
  SessionData data;
  std::unique_ptr<fuse_session, DestroySession> session;
  std::string mountpoint;  ///< empty: over a socket
  bool mounted = false;
  InFlight* in_flight = nullptr;
  Fd ended;
  std::thread loop;
  std::optional<Notifier> notifier;  // ends before the session
};

namespace {

// The two functions below are called from libfuse's C code, in threads that
// it ends by pthread_cancel(3) while they read: so they are not noexcept and
// own nothing.

ssize_t read_request(int fd, void* buffer, std::size_t size, void* userdata) {
  const ssize_t n = ::read(fd, buffer, size);
  auto& patch = static_cast<SessionData*>(userdata)->patch;
  if (n > 0 && patch.active())
    patch.on_request(
        {static_cast<const std::byte*>(buffer), static_cast<std::size_t>(n)});
  return n;
}

/// A reply may stand in a mapping of a cache file, whose pages can be gone:
/// then there is nothing to say but EIO.
ssize_t write_or_fail(int fd, iovec* parts, int count) {
  const ssize_t n = ::writev(fd, parts, count);
  if (n >= 0 || errno != EFAULT) return n;
  // libfuse sends the header (struct fuse_out_header of linux/fuse.h) as the
  // first part of every reply.
  fuse_out_header header{};
  if (parts[0].iov_len != sizeof header) return n;
  std::memcpy(&header, parts[0].iov_base, sizeof header);
  const std::size_t whole = header.len;
  header.len = sizeof header;
  header.error = -EIO;
  const ssize_t failed = ::write(fd, &header, sizeof header);
  return failed < 0 ? failed : static_cast<ssize_t>(whole);
}

ssize_t write_reply(int fd, iovec* parts, int count, void* userdata) {
  auto& patch = static_cast<SessionData*>(userdata)->patch;
  if (!patch.active()) return write_or_fail(fd, parts, count);
  std::vector<std::byte> reply;
  for (const iovec& part : std::span(parts, static_cast<std::size_t>(count))) {
    const auto* bytes = static_cast<const std::byte*>(part.iov_base);
    reply.insert(reply.end(), bytes, bytes + part.iov_len);
  }
  const auto patched = patch.on_reply(reply);
  if (!patched) return ::writev(fd, parts, count);
  return ::write(fd, patched->data(), patched->size());
}

Result<void> install_io(fuse_session* session, int fd) {
  fuse_custom_io io{};
  io.read = read_request;
  io.writev = write_reply;
  const int error = fuse_session_custom_io(session, &io, fd);
  if (error != 0) return fail_errno("fuse_session_custom_io", -error);
  return {};
}

Result<std::unique_ptr<fuse_session, DestroySession>> new_session(
    SessionData& data) {
  fuse_set_log_func(take_log);
  std::array<char*, 2> arguments{
      const_cast<char*>("vfsrun"),
      const_cast<char*>("-ofsname=vfsrun,subtype=vfsrun,nosuid,nodev")};
  fuse_args args =
      FUSE_ARGS_INIT(static_cast<int>(arguments.size()), arguments.data());
  std::unique_ptr<fuse_session, DestroySession> session(
      fuse_session_new(&args, &operations(), sizeof(fuse_lowlevel_ops), &data));
  fuse_opt_free_args(&args);
  if (!session) return fail(EIO, "libfuse makes no session: " + last_words());
  return session;
}

bool readable_within(int fd, std::chrono::milliseconds time) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(time.count())) == 1;
}

}  // namespace

Session::Session(std::unique_ptr<Impl> impl) noexcept
    : impl_(std::move(impl)) {}

Result<std::unique_ptr<Session>> Session::mount(const std::string& mountpoint) {
  TRY(check_mountable(mountpoint));
  auto impl = std::make_unique<Impl>();
  impl->ended = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!impl->ended) return fail_errno("eventfd");
  impl->session = TRY(new_session(impl->data));
  if (fuse_session_mount(impl->session.get(), mountpoint.c_str()) != 0)
    return fail(EIO, fmt::format("cannot mount at {}: {}", mountpoint,
                                 last_words().empty() ? "see the line above"
                                                      : last_words()));
  impl->mountpoint = mountpoint;
  impl->mounted = true;
  std::unique_ptr<Session> session(new Session(std::move(impl)));
  fuse_session* raw = session->impl_->session.get();
  TRY(install_io(raw, fuse_session_fd(raw)));
  return session;
}

Result<std::unique_ptr<Session>> Session::attach(Fd socket) {
  auto impl = std::make_unique<Impl>();
  impl->ended = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!impl->ended) return fail_errno("eventfd");
  impl->session = TRY(new_session(impl->data));
  // The session closes the descriptor at its end.
  TRY(install_io(impl->session.get(), socket.get()));
  (void)socket.release();
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

Session::~Session() {
  if (end()) return;
  // Threads of libfuse still use the session: it is left to them.
  if (impl_->loop.joinable()) impl_->loop.detach();
  (void)impl_.release();
}

Result<void> Session::serve(const Context& context) {
  impl_->data.context = &context;
  impl_->in_flight = &context.in_flight;
  impl_->notifier.emplace(impl_->session.get());
  context.filesystem.on_stale(
      [impl = impl_.get()](Ino ino) { impl->notifier->stale(ino); });
  try {
    impl_->loop = std::thread([impl = impl_.get()] {
      const std::unique_ptr<fuse_loop_config, DestroyLoop> config(
          fuse_loop_cfg_create());
      fuse_loop_cfg_set_max_threads(config.get(), max_threads);
      const int result =
          fuse_session_loop_mt(impl->session.get(), config.get());
      LOG(trace, "FUSE loop ended: {}", result);
      (void)::eventfd_write(impl->ended.get(), 1);
    });
  } catch (const std::system_error& error) {
    return fail(EAGAIN, fmt::format("no thread: {}", error.what()));
  }
  return {};
}

int Session::ended_fd() const noexcept { return impl_->ended.get(); }

bool Session::end() {
  if (impl_->in_flight != nullptr) impl_->in_flight->end_all();
  bool served = impl_->loop.joinable();
  if (served && readable_within(ended_fd(), std::chrono::milliseconds(0))) {
    impl_->loop.join();
    served = false;
    // Unmounted by somebody else, or the peer of a socket has closed it.
    fuse_session_unmount(impl_->session.get());
    impl_->mounted = false;
  }
  if (!impl_->mounted) return !served;
  const Result<Unmounted> done = unmount(impl_->mountpoint);
  if (done && *done == Unmounted::detached) return false;
  const bool ended = !served || readable_within(ended_fd(), end_time);
  // Where the session has ended all the same, somebody else was faster.
  if (!done && !(served && ended)) {
    LOG(error, "{}", done.error().detail);
    return false;
  }
  impl_->mounted = false;
  if (!ended) return false;
  if (served) impl_->loop.join();
  // The kernel has let go of the device: this only closes our end.
  fuse_session_unmount(impl_->session.get());
  return true;
}

}  // namespace vfsrun::fuse
