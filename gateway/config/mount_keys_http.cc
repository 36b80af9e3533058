// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/text.hh"
#include "gateway/config/mount_key_sections.hh"
#include "gateway/config/mount_url.hh"
#include "gateway/config/mount_values.hh"

namespace vfsrun::mount_file {

namespace {

constexpr std::string_view variable_expected =
    "the name of an environment variable";
constexpr std::string_view command_expected =
    R"(a program and its arguments such as ["secret-tool", "lookup", "x", "y"])";
constexpr std::string_view file_expected =
    R"(a file such as "/etc/ssl/x.pem" or "~/x.pem")";

Result<void> set_file_mode(const Value& value, Mount& mount) {
  const std::string_view text = value.text;
  unsigned mode = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, mode, 8);
  if (error != std::errc() || end != last || text.size() < 3 || mode > 0777)
    return fail(EINVAL, fmt::format("is \"{}\"", text));
  mount.http.file_mode = mode;
  return {};
}

bool is_secret_header(std::string_view name) {
  static constexpr std::array<std::string_view, 3> secret{
      "authorization", "proxy-authorization", "cookie"};
  return std::ranges::find(secret, name) != secret.end();
}

// RFC 9110 section 5.6.2: what a field name is made of.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || marks.find(c) != marks.npos;
  });
}

Result<void> set_header(const Value& value, Mount& mount) {
  // Requests would break, or be answered with another version's bytes.
  static constexpr std::array<std::string_view, 14> ours{"host",
                                                         "range",
                                                         "if-range",
                                                         "if-match",
                                                         "if-none-match",
                                                         "if-modified-since",
                                                         "connection",
                                                         "upgrade",
                                                         "accept-encoding",
                                                         "content-length",
                                                         "if-unmodified-since",
                                                         "transfer-encoding",
                                                         "te",
                                                         "expect"};
  if (!is_token(value.key)) return fail(EINVAL, "is no name of a header");
  const std::string name = to_lower(value.key);
  if (std::ranges::find(ours, name) != ours.end())
    return fail(EINVAL, "is a header that vfsrun sets by itself");
  if (!value.is_private && is_secret_header(name)) {
    return fail(EINVAL,
                "holds a secret, but the file is not yours alone (chmod 600)");
  }
  const bool twice = std::ranges::any_of(
      mount.http.headers,
      [&](const auto& header) { return to_lower(header.first) == name; });
  if (twice) return fail(EINVAL, "is given twice");
  mount.http.headers.emplace(value.key, value.text);
  return {};
}

Result<void> set_connections(const Value& value, Mount& mount) {
  mount.http.connections = static_cast<unsigned>(TRY(number(value, 1, 256)));
  return {};
}

Result<void> set_proxy(const Value& value, Mount& mount) {
  if (value.text != "none") TRY(check_proxy_url(value.text));
  mount.http.proxy = value.text;
  return {};
}

Result<void> set_netrc(const Value& value, Mount& mount) {
  mount.http.netrc = TRY(boolean(value));
  return {};
}

Result<void> set_user(const Value& value, Mount& mount) {
  // RFC 7617 section 2: the first colon ends the name.
  if (value.text.find(':') != value.text.npos)
    return fail(EINVAL, "has a ':' in it");
  mount.http.user = TRY(non_empty(value));
  return {};
}

template <auto Read, std::chrono::milliseconds HttpOptions::*Field>
Result<void> set_time(const Value& value, Mount& mount) {
  mount.http.*Field = TRY(Read(value, Zero::refused));
  return {};
}

template <std::string HttpOptions::*Field>
Result<void> set_file(const Value& value, Mount& mount) {
  mount.http.*Field = TRY(file_name(value));
  return {};
}

template <std::string HttpOptions::*Field>
std::string get_text(const Mount& mount) {
  return mount.http.*Field;
}

template <SecretSource HttpOptions::*Which>
Result<void> set_secret(const Value& value, Mount& mount) {
  (mount.http.*Which).text = TRY(private_text(value));
  return {};
}

template <SecretSource HttpOptions::*Which>
Result<void> set_variable(const Value& value, Mount& mount) {
  (mount.http.*Which).variable = TRY(variable_name(value));
  return {};
}

template <SecretSource HttpOptions::*Which>
Result<void> set_command(const Value& value, Mount& mount) {
  (mount.http.*Which).command = TRY(command(value));
  return {};
}

template <SecretSource HttpOptions::*Which>
std::string get_secret(const Mount& mount) {
  return (mount.http.*Which).text;
}

template <SecretSource HttpOptions::*Which>
std::string get_variable(const Mount& mount) {
  return (mount.http.*Which).variable;
}

template <SecretSource HttpOptions::*Which>
std::vector<std::string> get_command(const Mount& mount) {
  return (mount.http.*Which).command;
}

using Options = HttpOptions;

constexpr std::array<KeyRule, 17> rules{{
    {.section = "http",
     .name = "mode",
     .expected = "permissions in octal such as \"0555\"",
     .set = set_file_mode,
     .get =
         [](const Mount& mount) {
           return fmt::format("{:04o}", mount.http.file_mode);
         }},
    {.section = "http",
     .name = "connect_timeout",
     .expected = duration_expected,
     .set = set_time<duration, &Options::connect_timeout>,
     .get =
         [](const Mount& mount) {
           return duration_text(mount.http.connect_timeout);
         }},
    {.section = "http",
     .name = "stall_timeout",
     .expected = duration_expected,
     .set = set_time<duration, &Options::stall_timeout>,
     .get =
         [](const Mount& mount) {
           return duration_text(mount.http.stall_timeout);
         }},
    {.section = "http",
     .name = "connections",
     .expected = "a number from 1 to 256",
     .set = set_connections,
     .get =
         [](const Mount& mount) {
           return fmt::format("{}", mount.http.connections);
         },
     .form = Form::number},
    {.section = "http",
     .name = "proxy",
     .expected = R"("none" or a url such as "http://proxy:3128")",
     .set = set_proxy,
     .get = get_text<&Options::proxy>},
    {.section = "http",
     .name = "ca_file",
     .expected = file_expected,
     .set = set_file<&Options::ca_file>,
     .get = get_text<&Options::ca_file>},
    {.section = "http",
     .name = "client_cert",
     .expected = file_expected,
     .set = set_file<&Options::client_cert>,
     .get = get_text<&Options::client_cert>},
    {.section = "http",
     .name = "client_key",
     .expected = file_expected,
     .set = set_file<&Options::client_key>,
     .get = get_text<&Options::client_key>},
    {.section = "http",
     .name = "netrc",
     .expected = "true or false",
     .set = set_netrc,
     .get =
         [](const Mount& mount) {
           return mount.http.netrc ? boolean_text(*mount.http.netrc)
                                   : std::string();
         },
     .form = Form::boolean},
    {.section = "http",
     .name = "user",
     .expected = "a user's name",
     .set = set_user,
     .get = get_text<&Options::user>},
    {.section = "http",
     .name = "password",
     .expected = "a password, in a file that is yours alone (chmod 600)",
     .set = set_secret<&Options::password>,
     .get = get_secret<&Options::password>},
    {.section = "http",
     .name = "password_env",
     .expected = variable_expected,
     .set = set_variable<&Options::password>,
     .get = get_variable<&Options::password>},
    {.section = "http",
     .name = "password_command",
     .expected = command_expected,
     .set = set_command<&Options::password>,
     .get_list = get_command<&Options::password>,
     .form = Form::list},
    {.section = "http",
     .name = "token",
     .expected = "a token, in a file that is yours alone (chmod 600)",
     .set = set_secret<&Options::token>,
     .get = get_secret<&Options::token>},
    {.section = "http",
     .name = "token_env",
     .expected = variable_expected,
     .set = set_variable<&Options::token>,
     .get = get_variable<&Options::token>},
    {.section = "http",
     .name = "token_command",
     .expected = command_expected,
     .set = set_command<&Options::token>,
     .get_list = get_command<&Options::token>,
     .form = Form::list},
    {.section = "http.headers",
     .name = "*",
     .expected = R"(headers such as { "X-Team" = "blue" })",
     .set = set_header,
     .get_all = [](const Mount& mount) { return mount.http.headers; }},
}};

unsigned ways(const SecretSource& source) {
  return (source.text.empty() ? 0U : 1U) + (source.variable.empty() ? 0U : 1U) +
         (source.command.empty() ? 0U : 1U);
}

/// A {host} mount goes to whatever host its user's programs name.
bool has_secret(const HttpOptions& http) {
  return http.token.given() || http.password.given() || !http.user.empty() ||
         !http.client_cert.empty() ||
         std::ranges::any_of(http.headers, [](const auto& header) {
           return is_secret_header(to_lower(header.first));
         });
}

}  // namespace

std::span<const KeyRule> http_keys() noexcept { return rules; }

Result<void> check_http(const Mount& mount) {
  const HttpOptions& http = mount.http;
  if (mount.has_host_template() && has_secret(http)) {
    return fail(EINVAL,
                "a secret, user or client_cert for any {host}; expected a url "
                "with one host, or netrc");
  }
  if (ways(http.password) > 1 || ways(http.token) > 1) {
    return fail(EINVAL,
                "a secret given twice; expected one of the key itself, its "
                "_env and its _command");
  }
  const bool basic = !http.user.empty() || http.password.given();
  if (basic && http.token.given())
    return fail(EINVAL, "user or password beside a token; expected one way");
  if (http.password.given() && http.user.empty())
    return fail(EINVAL, "a password without user; expected both");
  if (!http.client_key.empty() && http.client_cert.empty())
    return fail(EINVAL, "client_key without client_cert; expected both");
  return {};
}

}  // namespace vfsrun::mount_file
