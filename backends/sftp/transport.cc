// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/transport.hh"

#include <optional>

#include "backends/sftp/libssh2_channel.hh"
#include "backends/sftp/ssh_child.hh"
#include "backends/sftp/ssh_config.hh"
#include "gateway/base/guarded.hh"
#include "gateway/base/log.hh"

namespace vfsrun::sftp {

namespace {

using Way = SftpOptions::Transport;

class Transport {
 public:
  explicit Transport(LoginContext context)
      : context_(std::move(context)), found_(context_.options.transport) {}

  Result<std::unique_ptr<Channel>> open(const Patience& patience) {
    if (way() == Way::ssh) return by_ssh();
    const SshConfig config = TRY(settings(patience));
    if (way() == Way::automatic && !config.needs_ssh.empty()) {
      LOG(debug, "{}: by ssh, as {}", context_.host.str(), config.needs_ssh);
      *found_.lock() = Way::ssh;
      return by_ssh();
    }
    Result<std::unique_ptr<Channel>> channel =
        open_by_libssh2(context_, config, patience);
    if (channel) {
      *found_.lock() = Way::libssh2;
      return channel;
    }
    const int code = channel.error().code;
    if (code != ENOPROTOOPT && code != ENOKEY) return channel;
    channel.error().code = code == ENOKEY ? EACCES : EPROTO;
    if (way() != Way::automatic) return channel;
    LOG(debug, "{}: by ssh, as with libssh2: {}", context_.host.str(),
        channel.error().detail);
    Result<std::unique_ptr<Channel>> child =
        open_by_ssh(context_, "libssh2: " + channel.error().detail);
    if (!child) return channel;
    *found_.lock() = Way::ssh;
    return child;
  }

 private:
  Way way() { return *found_.lock(); }

  Result<std::unique_ptr<Channel>> by_ssh() {
    return open_by_ssh(context_, {});
  }

  Result<SshConfig> settings(const Patience& patience) {
    if (auto known = config_.lock(); *known) return **known;
    SshConfig config =
        TRY(ask_ssh_config(context_.host, context_.options, patience));
    *config_.lock() = config;
    return config;
  }

  LoginContext context_;
  Guarded<Way> found_;
  Guarded<std::optional<SshConfig>> config_;
};

}  // namespace

OpenChannel make_transport(LoginContext context) {
  const auto transport = std::make_shared<Transport>(std::move(context));
  return [transport](const Patience& patience) {
    return transport->open(patience);
  };
}

}  // namespace vfsrun::sftp
