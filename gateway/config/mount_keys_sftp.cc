// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "gateway/config/mount_key_sections.hh"
#include "gateway/config/mount_values.hh"

namespace vfsrun::mount_file {

namespace {

using Transport = SftpOptions::Transport;

struct TransportName {
  std::string_view name;
  Transport transport;
};

constexpr std::array<TransportName, 3> transports{{
    {"auto", Transport::automatic},
    {"libssh2", Transport::libssh2},
    {"ssh", Transport::ssh},
}};

Result<void> set_transport(const Value& value, Mount& mount) {
  const auto* found =
      std::ranges::find(transports, value.text, &TransportName::name);
  if (found == transports.end())
    return fail(EINVAL, fmt::format("is \"{}\"", value.text));
  mount.sftp.transport = found->transport;
  return {};
}

std::string get_transport(const Mount& mount) {
  return std::string(std::ranges::find(transports, mount.sftp.transport,
                                       &TransportName::transport)
                         ->name);
}

Result<void> set_user(const Value& value, Mount& mount) {
  std::string user = TRY(non_empty(value));
  // It becomes part of a command line of ssh's, and of what that makes of it.
  const bool plain = std::ranges::all_of(user, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '+';
  });
  if (!plain || user.front() == '-')
    return fail(EINVAL, "cannot be the name of a user");
  mount.sftp.user = std::move(user);
  return {};
}

Result<void> set_connections(const Value& value, Mount& mount) {
  mount.sftp.connections = static_cast<unsigned>(TRY(number(value, 1, 16)));
  return {};
}

template <std::chrono::milliseconds SftpOptions::*Field>
Result<void> set_time(const Value& value, Mount& mount) {
  mount.sftp.*Field = TRY(duration(value, Zero::refused));
  return {};
}

template <std::chrono::milliseconds SftpOptions::*Field>
std::string get_time(const Mount& mount) {
  return duration_text(mount.sftp.*Field);
}

template <std::string SftpOptions::*Field>
Result<void> set_file(const Value& value, Mount& mount) {
  std::string file = TRY(file_name(value));
  // ssh has no way to write one inside of quotes.
  if (file.find('"') != file.npos) return fail(EINVAL, "has a '\"' in it");
  mount.sftp.*Field = std::move(file);
  return {};
}

template <std::string SftpOptions::*Field>
std::string get_text(const Mount& mount) {
  return mount.sftp.*Field;
}

Result<void> set_password_variable(const Value& value, Mount& mount) {
  mount.sftp.password.variable = TRY(variable_name(value));
  return {};
}

Result<void> set_password_command(const Value& value, Mount& mount) {
  mount.sftp.password.command = TRY(command(value));
  return {};
}

constexpr std::string_view section = "sftp";
constexpr std::string_view file_expected = "a file such as \"~/.ssh/id_x\"";

constexpr std::array<KeyRule, 10> rules{{
    {.section = section,
     .name = "transport",
     .expected = R"("auto", "libssh2" or "ssh")",
     .set = set_transport,
     .get = get_transport},
    {.section = section,
     .name = "user",
     .expected = "a name on the server",
     .set = set_user,
     .get = get_text<&SftpOptions::user>},
    {.section = section,
     .name = "identity",
     .expected = file_expected,
     .set = set_file<&SftpOptions::identity>,
     .get = get_text<&SftpOptions::identity>},
    {.section = section,
     .name = "known_hosts",
     .expected = file_expected,
     .set = set_file<&SftpOptions::known_hosts>,
     .get = get_text<&SftpOptions::known_hosts>},
    {.section = section,
     .name = "config",
     .expected = file_expected,
     .set = set_file<&SftpOptions::config>,
     .get = get_text<&SftpOptions::config>},
    {.section = section,
     .name = "password_env",
     .expected = "the name of an environment variable",
     .set = set_password_variable,
     .get = [](const Mount& mount) { return mount.sftp.password.variable; }},
    {.section = section,
     .name = "password_command",
     .expected = R"(a program and its arguments such as ["pass", "show", "x"])",
     .set = set_password_command,
     .get_list = [](const Mount& mount) { return mount.sftp.password.command; },
     .form = Form::list},
    {.section = section,
     .name = "connections",
     .expected = "a number from 1 to 16",
     .set = set_connections,
     .get =
         [](const Mount& mount) {
           return std::to_string(mount.sftp.connections);
         },
     .form = Form::number},
    {.section = section,
     .name = "connect_timeout",
     .expected = duration_expected,
     .set = set_time<&SftpOptions::connect_timeout>,
     .get = get_time<&SftpOptions::connect_timeout>},
    {.section = section,
     .name = "stall_timeout",
     .expected = duration_expected,
     .set = set_time<&SftpOptions::stall_timeout>,
     .get = get_time<&SftpOptions::stall_timeout>},
}};

}  // namespace

std::span<const KeyRule> sftp_keys() noexcept { return rules; }

Result<void> check_sftp(const Mount& mount) {
  const SecretSource& password = mount.sftp.password;
  if (!password.variable.empty() && !password.command.empty()) {
    return fail(EINVAL,
                "a password given twice; expected password_env or "
                "password_command");
  }
  // Whatever host a program names would get it.
  if (mount.has_host_template() && !password.variable.empty()) {
    return fail(EINVAL,
                "a password for any {host}; expected a url with one host, or "
                "password_command");
  }
  return {};
}

}  // namespace vfsrun::mount_file
