// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_kernel.hh"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace vfsrun::test {

namespace {
constexpr int answer_time = 10'000;
constexpr std::size_t largest_answer = 2UL * 1024 * 1024;
}  // namespace

FakeKernel::FakeKernel() {
  std::array<int, 2> ends{};
  // SEQPACKET keeps messages apart, as the device does.
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("socketpair");
  socket_ = Fd(ends[0]);
  other_end_ = Fd(ends[1]);
}

Fd FakeKernel::take_other_end() { return std::move(other_end_); }

void FakeKernel::append(std::vector<std::byte>& body, std::string_view name) {
  const auto bytes = std::as_bytes(std::span(name));
  body.insert(body.end(), bytes.begin(), bytes.end());
  body.push_back(std::byte{0});
}

std::uint64_t FakeKernel::send(fuse_opcode opcode, std::uint64_t node,
                               std::span<const std::byte> body) {
  fuse_in_header header{};
  header.len = static_cast<std::uint32_t>(sizeof header + body.size());
  header.opcode = opcode;
  // Even numbers: the kernel marks interrupts by the lowest bit.
  header.unique = last_ += 2;
  header.nodeid = node;
  header.uid = ::getuid();
  header.gid = ::getgid();
  header.pid = thread_;
  std::vector<std::byte> message(sizeof header);
  std::memcpy(message.data(), &header, sizeof header);
  message.insert(message.end(), body.begin(), body.end());
  if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
    throw std::runtime_error("send");
  return header.unique;
}

bool FakeKernel::receive(int milliseconds) {
  pollfd ready{socket_.get(), POLLIN, 0};
  if (::poll(&ready, 1, milliseconds) != 1) return false;
  std::vector<std::byte> message(largest_answer);
  const ssize_t n = ::recv(socket_.get(), message.data(), message.size(), 0);
  fuse_out_header header{};
  if (n < static_cast<ssize_t>(sizeof header)) return false;
  std::memcpy(&header, message.data(), sizeof header);
  message.resize(static_cast<std::size_t>(n));
  message.erase(message.begin(), message.begin() + sizeof header);
  if (header.unique == 0) {
    notices_.push_back({header.error, std::move(message)});
    return true;
  }
  const auto [at, first] = answers_.try_emplace(
      header.unique, Answer{-header.error, std::move(message)});
  if (!first) throw std::runtime_error("answered twice");
  return true;
}

Answer FakeKernel::wait(std::uint64_t request) {
  while (!answers_.contains(request))
    if (!receive(answer_time)) throw std::runtime_error("no answer");
  // Kept, so that a second answer is noticed.
  return answers_.at(request);
}

Answer FakeKernel::notice() {
  while (notices_.empty())
    if (!receive(answer_time)) throw std::runtime_error("no notification");
  Answer first = std::move(notices_.front());
  notices_.pop_front();
  return first;
}

bool FakeKernel::unanswered(std::uint64_t request) {
  while (receive(0)) {
  }
  return !answers_.contains(request);
}

fuse_init_out FakeKernel::init(std::uint32_t flags, std::uint32_t flags2) {
  fuse_init_in init{};
  init.major = FUSE_KERNEL_VERSION;
  init.minor = FUSE_KERNEL_MINOR_VERSION;
  init.max_readahead = 128 * 1024;
  init.flags = flags;
  init.flags2 = flags2;
  return ask(FUSE_INIT, 0, body_of(init)).as<fuse_init_out>();
}

Answer FakeKernel::walk(std::string_view path) {
  Answer answer;
  std::uint64_t node = root;
  for (std::size_t at = 1; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    answer = lookup(node, path.substr(at, end - at));
    if (answer.error != 0) return answer;
    node = answer.as<fuse_entry_out>().nodeid;
    at = end + 1;
  }
  return answer;
}

std::uint64_t FakeKernel::send_open(std::uint64_t node, std::uint32_t flags) {
  fuse_open_in in{};
  in.flags = flags;
  return send(FUSE_OPEN, node, body_of(in));
}

Answer FakeKernel::open(std::uint64_t node, std::uint32_t flags) {
  return wait(send_open(node, flags));
}

std::uint64_t FakeKernel::send_read(std::uint64_t node, std::uint64_t handle,
                                    std::uint64_t offset, std::uint32_t size) {
  fuse_read_in in{};
  in.fh = handle;
  in.offset = offset;
  in.size = size;
  return send(FUSE_READ, node, body_of(in));
}

void FakeKernel::interrupt(std::uint64_t request) {
  fuse_interrupt_in in{};
  in.unique = request;
  send(FUSE_INTERRUPT, 0, body_of(in));
}

void FakeKernel::forget(std::uint64_t node, std::uint64_t lookups) {
  fuse_forget_in in{};
  in.nlookup = lookups;
  send(FUSE_FORGET, node, body_of(in));
}

}  // namespace vfsrun::test
