// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/forked.hh"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace vfsrun::test {

Forked::Forked(const std::function<int(const Pipe&)>& body) {
  Pipe up = Pipe::create().value();
  Pipe down = Pipe::create().value();
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::alarm(60);
    int status = 99;
    try {
      up.read_end.reset();
      down.write_end.reset();
      status = body(Pipe{std::move(down.read_end), std::move(up.write_end)});
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(status);
  }
  from_child_ = std::move(up.read_end);
  to_child_ = std::move(down.write_end);
}

Forked::~Forked() {
  if (pid_ <= 0) return;
  kill();
  wait();
}

bool Forked::await_bytes(std::size_t count) const {
  for (std::size_t i = 0; i < count; ++i) {
    char byte = 0;
    ssize_t n = 0;
    do {
      n = ::read(from_child_.get(), &byte, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1) return false;
  }
  return true;
}

void Forked::send_byte() const {
  if (!write_all(to_child_.get(), "."))
    throw std::runtime_error("the child is gone");
}

void Forked::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

int Forked::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace vfsrun::test
