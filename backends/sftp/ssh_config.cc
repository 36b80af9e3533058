// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/ssh_config.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <map>
#include <optional>

#include "gateway/base/child.hh"
#include "gateway/base/log.hh"
#include "gateway/base/text.hh"

namespace vfsrun::sftp {

namespace {

constexpr std::size_t longest_answer = std::size_t{1} << 20;

struct LocalUser {
  std::string name;
  std::string home;
};

/// As ssh looks it up: by the password database, whatever $HOME says.
LocalUser local_user() {
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) !=
          0 ||
      found == nullptr)
    return {};
  return {entry.pw_name, entry.pw_dir};
}

/// "~/" and the tokens of ssh_config(5) that a file name may hold.
std::string expanded(std::string_view text, const SshConfig& config,
                     const LocalUser& local) {
  std::string out;
  if (text.starts_with("~/")) {
    out = local.home;
    text.remove_prefix(1);
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    switch (text[++at]) {
      case '%':
        out += '%';
        break;
      case 'd':
        out += local.home;
        break;
      case 'h':
        out += config.hostname;
        break;
      case 'p':
        out += std::to_string(config.port);
        break;
      case 'r':
        out += config.user;
        break;
      case 'u':
        out += local.name;
        break;
      default:
        out += '%';
        out += text[at];
    }
  }
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = trim(text)).empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

/// Every value of every key; keys are in lower case here.
using Lines = std::multimap<std::string, std::string>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t blank = std::min(line.find(' '), line.size());
    lines.emplace(to_lower(line.substr(0, blank)), trim(line.substr(blank)));
  }
  return lines;
}

std::string value_of(const Lines& lines, const std::string& key) {
  const auto found = lines.find(key);
  return found == lines.end() || found->second == "none" ? std::string()
                                                         : found->second;
}

std::string needs_ssh(const Lines& lines) {
  // What each makes ssh do is beyond libssh2.
  static constexpr std::array<std::string_view, 7> keys{
      "proxyjump",   "proxycommand",  "certificatefile",  "pkcs11provider",
      "bindaddress", "bindinterface", "knownhostscommand"};
  for (const std::string_view key : keys) {
    if (!value_of(lines, std::string(key)).empty())
      return fmt::format("{} is set", key);
  }
  return {};
}

/// What `ssh -G` says, or nothing where there is no ssh.
Result<std::optional<std::string>> run_ssh(
    const std::vector<std::string>& command, const Patience& patience) {
  Pipe pipe = TRY(Pipe::create());
  const Fd complaints = TRY(make_memfd("ssh", 0));
  if (::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail_errno("fcntl");
  Result<Child> child =
      Child::spawn(command, {{pipe.write_end.get(), 1}, {complaints.get(), 2}});
  pipe.write_end.reset();
  if (!child && child.error().code == ENOENT) return std::nullopt;
  if (!child) return tl::unexpected(child.error());
  std::string text;
  std::array<char, 8192> buffer;
  for (;;) {
    TRY(patience.wait(pipe.read_end.get(), POLLIN));
    const ssize_t size =
        ::read(pipe.read_end.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > longest_answer)
      return fail(EIO, "ssh -G says more than a configuration can hold");
  }
  if (TRY(child->wait()) == 0) return text;
  if (::lseek(complaints.get(), 0, SEEK_SET) != 0) return fail_errno("lseek");
  const std::string said = TRY(read_all(complaints.get(), longest_answer));
  return fail(EINVAL, fmt::format("ssh -G: {}", trim(said)));
}

/// What ssh itself would do without any configuration.
std::string defaults(const HostName& host, const LocalUser& local) {
  std::string text =
      fmt::format("hostname {}\nuser {}\n", host.host, local.name);
  for (const char* name : {"ed25519", "ecdsa", "rsa"})
    text += fmt::format("identityfile ~/.ssh/id_{}\n", name);
  return text +
         "userknownhostsfile ~/.ssh/known_hosts ~/.ssh/known_hosts2\n"
         "globalknownhostsfile /etc/ssh/ssh_known_hosts "
         "/etc/ssh/ssh_known_hosts2\n";
}

}  // namespace

std::string SshConfig::known_as() const {
  const std::string& name = host_key_alias.empty() ? hostname : host_key_alias;
  // sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
  if (port == 22 || !host_key_alias.empty()) return to_lower(name);
  return fmt::format("[{}]:{}", to_lower(name), port);
}

std::vector<std::string> ssh_command(const HostName& host,
                                     const SftpOptions& options) {
  std::vector<std::string> command{"ssh"};
  if (!options.config.empty()) {
    command.emplace_back("-F");
    command.push_back(options.config);
  }
  if (host.port != 0) {
    command.emplace_back("-p");
    command.push_back(std::to_string(host.port));
  }
  const std::string& user = host.user.empty() ? options.user : host.user;
  if (!user.empty()) {
    command.emplace_back("-l");
    command.push_back(user);
  }
  if (!options.identity.empty()) {
    command.emplace_back("-oIdentitiesOnly=yes");
    command.push_back(fmt::format("-oIdentityFile=\"{}\"", options.identity));
  }
  if (!options.known_hosts.empty()) {
    command.push_back(
        fmt::format("-oUserKnownHostsFile=\"{}\"", options.known_hosts));
  }
  return command;
}

std::string typed_command(const HostName& host, const SftpOptions& options) {
  std::string out;
  for (std::string word : ssh_command(host, options)) {
    if (word.find_first_of("\" $'\\") != word.npos) {
      std::string quoted = "'";
      for (const char c : word)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
      word = quoted + "'";
    }
    out += word + " ";
  }
  return out + host.host + " exit";
}

Result<SshConfig> parse_ssh_config(std::string_view text) {
  const Lines lines = lines_of(text);
  const LocalUser local = local_user();
  SshConfig config;
  config.hostname = value_of(lines, "hostname");
  config.user = value_of(lines, "user");
  if (config.hostname.empty() || config.user.empty())
    return fail(EINVAL, "ssh -G tells no host name or no user");
  if (const std::string port = value_of(lines, "port"); !port.empty()) {
    const auto number = parse_number(port);
    if (!number || *number < 1 || *number > 65535)
      return fail(EINVAL, "ssh -G tells no port");
    config.port = static_cast<std::uint16_t>(*number);
  }
  const auto [first, last] = lines.equal_range("identityfile");
  for (auto at = first; at != last; ++at)
    config.identity_files.push_back(expanded(at->second, config, local));
  config.identities_only = value_of(lines, "identitiesonly") == "yes";
  if (const std::string agent = value_of(lines, "identityagent");
      !agent.empty() && agent != "SSH_AUTH_SOCK")
    config.identity_agent = expanded(agent, config, local);
  for (const char* key : {"userknownhostsfile", "globalknownhostsfile"}) {
    for (const std::string& file : words_of(value_of(lines, key)))
      config.known_hosts.push_back(expanded(file, config, local));
  }
  config.host_key_alias = value_of(lines, "hostkeyalias");
  config.ciphers = value_of(lines, "ciphers");
  config.macs = value_of(lines, "macs");
  config.key_exchanges = value_of(lines, "kexalgorithms");
  const std::string family = value_of(lines, "addressfamily");
  config.ipv4 = family != "inet6";
  config.ipv6 = family != "inet";
  config.needs_ssh = needs_ssh(lines);
  return config;
}

Result<SshConfig> ask_ssh_config(const HostName& host,
                                 const SftpOptions& options,
                                 const Patience& patience) {
  std::vector<std::string> command = ssh_command(host, options);
  command.emplace_back("-G");
  command.emplace_back("--");
  command.push_back(host.host);
  const std::optional<std::string> said = TRY(run_ssh(command, patience));
  SshConfig config =
      TRY(parse_ssh_config(said ? *said : defaults(host, local_user())));
  if (!options.identity.empty()) {
    config.identity_files = {options.identity};
    config.identities_only = true;
  }
  if (said) return config;
  if (host.port != 0) config.port = host.port;
  const std::string& user = host.user.empty() ? options.user : host.user;
  if (!user.empty()) config.user = user;
  if (!options.known_hosts.empty()) config.known_hosts = {options.known_hosts};
  return config;
}

}  // namespace vfsrun::sftp
