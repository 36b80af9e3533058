// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/ssh_child.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/filesystem.hpp>
#include <cstdlib>

#include "backends/sftp/ssh_config.hh"
#include "gateway/base/askpass_protocol.hh"
#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"

namespace vfsrun::sftp {

namespace {

constexpr int socket_buffer = 1 << 20;
constexpr std::size_t most_said = 65536;
constexpr std::chrono::seconds time_to_end{1};

class SshChild final : public Channel {
 public:
  SshChild(LoginContext context, std::string before, Fd socket, Fd said,
           Child child)
      : context_(std::move(context)),
        before_(std::move(before)),
        socket_(std::move(socket)),
        said_(std::move(said)),
        child_(std::move(child)) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    const ssize_t size = ::read(socket_.get(), out.data(), out.size());
    if (size > 0) return static_cast<std::size_t>(size);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return tl::unexpected(why_it_ended());
  }

  Result<std::size_t> write(std::span<const std::byte> bytes) override {
    const ssize_t size =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) return static_cast<std::size_t>(size);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return tl::unexpected(why_it_ended());
  }

  [[nodiscard]] pollfd waits_for(bool blocked_write) const override {
    const int events = blocked_write ? POLLIN | POLLOUT : POLLIN;
    return {socket_.get(), static_cast<short>(events), 0};
  }

 private:
  Error why_it_ended() {
    // Its last words are written before it ends, not before it closes.
    const auto until = std::chrono::steady_clock::now() + time_to_end;
    while (std::chrono::steady_clock::now() < until) {
      const Result<std::optional<int>> status = child_.poll();
      if (!status || *status) break;
      ::usleep(1000);
    }
    (void)::lseek(said_.get(), 0, SEEK_SET);
    const Result<std::string> said = read_all(said_.get(), most_said);
    Error error = explain_ssh(context_, said ? *said : std::string());
    if (!before_.empty()) error.detail += "; before it, " + before_;
    return error;
  }

  LoginContext context_;
  std::string before_;
  Fd socket_;
  Fd said_;
  Child child_;
};

std::vector<std::string> command_for(const LoginContext& context) {
  std::vector<std::string> command = ssh_command(context.host, context.options);
  // What a program for files does not want of an interactive one's settings,
  // as sftp(1) has it; a shared connection is used but never left behind.
  for (const char* option :
       {"StrictHostKeyChecking=yes", "ClearAllForwardings=yes",
        "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no",
        "RemoteCommand=none", "RequestTTY=no", "ControlMaster=no",
        "LogLevel=ERROR", "NumberOfPasswordPrompts=1"})
    command.push_back(std::string("-o") + option);
  // Nobody is there to type: what no program can answer is not asked.
  const bool asks =
      std::getenv("SSH_ASKPASS") != nullptr || context.options.password.given();
  command.push_back(fmt::format("-oBatchMode={}", asks ? "no" : "yes"));
  command.push_back(fmt::format(
      "-oConnectTimeout={}",
      std::chrono::ceil<std::chrono::seconds>(context.options.connect_timeout)
          .count()));
  for (const char* word : {"-s", "--"}) command.emplace_back(word);
  command.push_back(context.host.host);
  command.emplace_back("sftp");
  return command;
}

/// Questions go to SSH_ASKPASS, never to a terminal: with a password of the
/// mount's that is ourselves (gateway/askpass).
std::vector<std::string> environment_for(const LoginContext& context) {
  std::vector<std::string> out{"SSH_ASKPASS_REQUIRE=force"};
  const SecretSource& password = context.options.password;
  if (!password.given()) return out;
  std::string words;
  if (!password.variable.empty()) {
    words = askpass::variable_mark + password.variable;
  } else {
    for (const std::string& word : password.command)
      words += (words.empty() ? "" : std::string(1, askpass::separator)) + word;
  }
  const char* before = std::getenv("SSH_ASKPASS");
  boost::system::error_code error;
  out.push_back(fmt::format("{}={}", askpass::source_variable, words));
  out.push_back(fmt::format("{}={}", askpass::other_variable,
                            before == nullptr ? "" : before));
  out.push_back(
      "SSH_ASKPASS=" +
      boost::filesystem::read_symlink("/proc/self/exe", error).string());
  out.push_back("VFSRUN_HOST=" + context.host.host);
  out.push_back("VFSRUN_USER=" + (context.host.user.empty()
                                      ? context.options.user
                                      : context.host.user));
  return out;
}

}  // namespace

Result<std::unique_ptr<Channel>> open_by_ssh(const LoginContext& context,
                                             const std::string& before) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("socketpair");
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno("fcntl");
  for (const int fd : ends) {
    (void)::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &socket_buffer,
                       sizeof socket_buffer);
  }
  Fd said = TRY(make_memfd("ssh", 0));
  Child child =
      TRY(Child::spawn(command_for(context),
                       {{theirs.get(), 0}, {theirs.get(), 1}, {said.get(), 2}},
                       environment_for(context)));
  return std::make_unique<SshChild>(context, before, std::move(ours),
                                    std::move(said), std::move(child));
}

Error explain_ssh(const LoginContext& context, std::string_view said) {
  const auto says = [&](std::string_view words) {
    return said.find(words) != said.npos;
  };
  if (says("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    // "Offending ED25519 key in /home/u/.ssh/known_hosts:3"
    std::string_view where =
        said.substr(std::min(said.find("Offending"), said.size()));
    where = where.substr(0, where.find_first_of("\r\n"));
    const std::size_t in = where.rfind(" in ");
    return changed_host_key(
        in == where.npos ? std::string() : std::string(where.substr(in + 4)));
  }
  if (says("host key is known for") && says("strict checking"))
    return unknown_host_key(context);
  // The last line is the reason, the ones before are about details.
  std::string_view last = trim(said);
  last = last.substr(last.find_last_of("\r\n") + 1);

  struct Words {
    std::string_view words;
    int code;
  };

  static constexpr std::array<Words, 9> meanings{{
      {"Permission denied", EACCES},
      {"Host key verification failed", EACCES},
      {"Could not resolve hostname", EHOSTUNREACH},
      {"Connection refused", ECONNREFUSED},
      {"No route to host", EHOSTUNREACH},
      {"Network is unreachable", ENETUNREACH},
      {"timed out", ETIMEDOUT},
      {"Bad configuration option", EINVAL},
      {"subsystem request failed", EPROTO},
  }};
  for (const Words& each : meanings)
    if (says(each.words)) return {each.code, fmt::format("ssh says: {}", last)};
  return {ECONNRESET,
          last.empty() ? "ssh has ended" : fmt::format("ssh says: {}", last)};
}

}  // namespace vfsrun::sftp
