// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/gateway_process.hh"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "gateway/base/gateway_protocol.hh"
#include "gateway/base/log.hh"
#include "gateway/base/text.hh"
#include "tracer/hidden_directory.hh"
#include "tracer/keeper.hh"

namespace vfsrun::tracer {

namespace {

Result<Fd> memfd_with(const std::string& text) {
  Fd fd = TRY(make_memfd("vfsrun-mounts", 0));
  TRY(write_all(fd.get(), text));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return fail_errno("lseek");
  return fd;
}

std::string read_some(int fd) {
  std::array<char, 4096> buffer;
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n))
               : std::string();
}

}  // namespace

void GatewayProcess::start() {
  if (const auto started = launch(); !started) {
    LOG(error, "no mount, virtual paths give EIO: {}", started.error().detail);
    state_ = State::failed;
    return;
  }
  state_ = State::starting;
}

Result<void> GatewayProcess::launch() {
  namespace protocol = gateway_protocol;
  directory_ = TRY(make_hidden_directory());
  Fd table = TRY(memfd_with(settings_.mounts_toml));
  Pipe ready = TRY(Pipe::create());
  Pipe death = TRY(Pipe::create());
  Pipe control = TRY(Pipe::create());
  Pipe alive = TRY(Pipe::create());

  KeeperTask task;
  task.gateway_command = {settings_.executable, "serve", directory_,
                          "--tracer-pid", std::to_string(::getpid())};
  task.gateway_command.insert(task.gateway_command.end(),
                              settings_.log_arguments.begin(),
                              settings_.log_arguments.end());
  task.gateway_inherits = {{STDERR_FILENO, STDERR_FILENO},
                           {table.get(), protocol::table_fd},
                           {announce_->fd(), protocol::announce_fd},
                           {counters_->fd(), protocol::counters_fd},
                           {control.read_end.get(), protocol::control_fd},
                           {ready.write_end.get(), protocol::ready_fd}};
  task.hidden_directory = directory_;

  keeper_ = ::fork();
  if (keeper_ < 0) {
    remove_hidden_directory(directory_);
    return fail_errno("fork");
  }
  if (keeper_ == 0) {
    // The tracer's ends must not live on in the keeper.
    ready.read_end.reset();
    death.read_end.reset();
    control.write_end.reset();
    alive.write_end.reset();
    task.tracer_alive = std::move(alive.read_end);
    task.gateway_death = std::move(death.write_end);
    std::vector<Fd> gateway_side;
    gateway_side.push_back(std::move(table));
    gateway_side.push_back(std::move(control.read_end));
    gateway_side.push_back(std::move(ready.write_end));
    run_keeper(std::move(task), std::move(gateway_side));
  }
  ready_ = std::move(ready.read_end);
  death_ = std::move(death.read_end);
  control_ = std::move(control.write_end);
  alive_ = std::move(alive.write_end);
  return {};
}

int GatewayProcess::event_fd() const noexcept {
  return state_ == State::starting ? ready_.get() : death_.get();
}

void GatewayProcess::on_event() {
  if (state_ == State::starting) {
    on_ready_text();
  } else {
    on_death_text();
  }
}

void GatewayProcess::on_ready_text() {
  const std::string text = read_some(ready_.get());
  ready_text_ += text;
  if (!text.empty() && ready_text_.find('\n') == std::string::npos) return;
  ready_.reset();
  if (ready_text_ == "ok\n") {
    state_ = State::ready;
    return;
  }
  state_ = State::failed;
  const auto reason = trim(ready_text_);
  LOG(error, "no mount, virtual paths give EIO: {}",
      reason.empty() ? "the gateway ended before it was ready" : reason);
}

void GatewayProcess::on_death_text() {
  const std::string text = read_some(death_.get());
  death_.reset();
  if (!text.empty() && state_ == State::ready)
    LOG(error, "the gateway has died ({}): virtual paths give ENOTCONN", text);
}

bool GatewayProcess::reaped(pid_t pid) noexcept {
  if (pid != keeper_) return false;
  keeper_ = -1;
  return true;
}

void GatewayProcess::leave_stderr() noexcept {
  if (control_) (void)write_all(control_.get(), "q");
}

void GatewayProcess::stop() {
  control_.reset();
  alive_.reset();
  if (keeper_ > 0) {
    while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
    }
    keeper_ = -1;
  } else if (state_ != State::idle) {
    // The keeper was killed: its last duty falls to us.
    remove_hidden_directory(directory_);
  }
}

}  // namespace vfsrun::tracer
