// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/libssh2_login.hh"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "gateway/base/fd.hh"

namespace vfsrun::sftp {

namespace {

struct KeyType {
  std::string_view name;  ///< in known_hosts and on the wire
  int libssh2;
};

// What libssh2 1.10 can verify, the best first. Its "ssh-rsa" is SHA-1, which
// servers of today refuse to use.
constexpr std::array<KeyType, 5> key_types{{
    {"ssh-ed25519", LIBSSH2_HOSTKEY_TYPE_ED25519},
    {"ecdsa-sha2-nistp256", LIBSSH2_HOSTKEY_TYPE_ECDSA_256},
    {"ecdsa-sha2-nistp384", LIBSSH2_HOSTKEY_TYPE_ECDSA_384},
    {"ecdsa-sha2-nistp521", LIBSSH2_HOSTKEY_TYPE_ECDSA_521},
    {"ssh-rsa", LIBSSH2_HOSTKEY_TYPE_RSA},
}};

Error lost_or(const Libssh2Login& login, int code, int said,
              std::string_view what) {
  const bool lost = said == LIBSSH2_ERROR_SOCKET_DISCONNECT ||
                    said == LIBSSH2_ERROR_SOCKET_RECV ||
                    said == LIBSSH2_ERROR_SOCKET_SEND;
  return {lost ? ECONNRESET : code,
          fmt::format("{}: {}", what, last_error(login.session))};
}

using Agent = std::unique_ptr<LIBSSH2_AGENT, decltype(&libssh2_agent_free)>;

/// An agent with its keys listed; null where there is none.
Agent connect_agent(const Libssh2Login& login) {
  Agent agent(nullptr, &libssh2_agent_free);
  const std::string& path = login.config.identity_agent;
  if (path.empty() && std::getenv("SSH_AUTH_SOCK") == nullptr) return agent;
  agent.reset(libssh2_agent_init(login.session));
  if (!agent) return agent;
  if (!path.empty()) libssh2_agent_set_identity_path(agent.get(), path.c_str());
  if (libssh2_agent_connect(agent.get()) != 0 ||
      libssh2_agent_list_identities(agent.get()) != 0)
    agent.reset();
  return agent;
}

/// The key of FILE.pub, in base64; empty where there is no such file.
std::string public_key_of(const std::string& file) {
  const Result<Fd> fd = open_file(file + ".pub", O_RDONLY);
  if (!fd) return {};
  constexpr std::size_t largest = 65536;
  const auto text = read_all(fd->get(), largest);
  if (!text) return {};
  const std::size_t begin = text->find(' ') + 1;
  const std::size_t end = text->find_first_of(" \n", begin);
  return text->substr(begin, end - begin);
}

/// All that is tried, one after the other, and what became of it.
class Attempts {
 public:
  explicit Attempts(const Libssh2Login& login) : login_(login) {}

  /// True: logged in.
  Result<bool> agent_keys() {
    const Agent agent = connect_agent(login_);
    if (!agent) return false;
    libssh2_agent_publickey* key = nullptr;
    while (libssh2_agent_get_identity(agent.get(), &key, key) == 0) {
      if (login_.config.identities_only && !is_configured(*key)) continue;
      const int said =
          TRY(drive(login_.session, login_.socket, login_.patience, [&] {
            return libssh2_agent_userauth(agent.get(),
                                          login_.config.user.c_str(), key);
          }));
      if (said == 0) return true;
      tried_.push_back(fmt::format(
          "the agent's {}", key->comment == nullptr ? "key" : key->comment));
      TRY(go_on(said));
    }
    return false;
  }

  Result<bool> key_files() {
    for (const std::string& file : login_.config.identity_files) {
      if (::access(file.c_str(), R_OK) != 0) {
        if (login_.context.options.identity == file) {
          tried_.push_back(fmt::format("{} ({})", file,
                                       std::generic_category().message(errno)));
        }
        continue;
      }
      const std::string& user = login_.config.user;
      const int said =
          TRY(drive(login_.session, login_.socket, login_.patience, [&] {
            return libssh2_userauth_publickey_fromfile_ex(
                login_.session, user.data(), static_cast<unsigned>(user.size()),
                nullptr, file.c_str(), nullptr);
          }));
      if (said == 0) return true;
      tried_.push_back(said == LIBSSH2_ERROR_FILE ||
                               said == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED
                           ? fmt::format("{} (not usable here, perhaps it has "
                                         "a passphrase: ssh-add it)",
                                         file)
                           : file);
      TRY(go_on(said));
    }
    return false;
  }

  Result<bool> password() {
    const std::string& user = login_.config.user;
    const Result<std::string> secret =
        password_of(login_.context, user, login_.patience.until());
    if (!secret) {
      tried_.push_back(secret.error().detail);
      return false;
    }
    const int said =
        TRY(drive(login_.session, login_.socket, login_.patience, [&] {
          return libssh2_userauth_password_ex(
              login_.session, user.data(), static_cast<unsigned>(user.size()),
              secret->data(), static_cast<unsigned>(secret->size()), nullptr);
        }));
    if (said == 0) return true;
    tried_.emplace_back("the password");
    TRY(go_on(said));
    return false;
  }

  [[nodiscard]] Error refusal(std::string_view methods) const {
    return {
        ENOKEY,
        fmt::format("the server refuses to let in {} (it takes: {}; tried: "
                    "{})",
                    login_.config.user, methods,
                    tried_.empty() ? "no key, as there is none"
                                   : fmt::to_string(fmt::join(tried_, ", ")))};
  }

 private:
  /// After a refusal the next one is tried, unless the server has left.
  Result<void> go_on(int said) {
    const Error error = lost_or(login_, ENOKEY, said, "login");
    if (error.code != ENOKEY) return tl::unexpected(error);
    return {};
  }

  [[nodiscard]] bool is_configured(const libssh2_agent_publickey& key) const {
    const std::string blob =
        base64(std::as_bytes(std::span(key.blob, key.blob_len)));
    return std::ranges::any_of(
        login_.config.identity_files,
        [&](const std::string& file) { return public_key_of(file) == blob; });
  }

  const Libssh2Login& login_;
  std::vector<std::string> tried_;
};

/// What the user's configuration allows, in its order; libssh2 passes over
/// names that it does not know. ENOPROTOOPT where it knows none of them.
Result<void> keep_to_config(const Libssh2Login& login) {
  const SshConfig& config = login.config;
  const std::pair<int, const std::string&> wishes[] = {
      {LIBSSH2_METHOD_CRYPT_CS, config.ciphers},
      {LIBSSH2_METHOD_CRYPT_SC, config.ciphers},
      {LIBSSH2_METHOD_MAC_CS, config.macs},
      {LIBSSH2_METHOD_MAC_SC, config.macs},
      {LIBSSH2_METHOD_KEX, config.key_exchanges}};
  for (const auto& [method, names] : wishes) {
    if (!names.empty() && libssh2_session_method_pref(login.session, method,
                                                      names.c_str()) != 0) {
      return fail(ENOPROTOOPT, fmt::format("libssh2 has none of: {}", names));
    }
  }
  return {};
}

}  // namespace

Result<void> shake_hands(const Libssh2Login& login, const KnownHosts& known) {
  const std::vector<std::string> types =
      known.types_of(login.config.known_as());
  std::vector<std::string_view> wanted;
  for (const KeyType& type : key_types) {
    if (types.empty() || std::ranges::find(types, type.name) != types.end())
      wanted.push_back(type.name);
  }
  if (wanted.empty()) {
    return fail(ENOPROTOOPT,
                fmt::format("only keys of types that libssh2 cannot check are "
                            "known of it ({})",
                            fmt::join(types, ", ")));
  }
  const std::string list = fmt::to_string(fmt::join(wanted, ","));
  if (libssh2_session_method_pref(login.session, LIBSSH2_METHOD_HOSTKEY,
                                  list.c_str()) != 0)
    return fail(ENOPROTOOPT, last_error(login.session));
  TRY(keep_to_config(login));
  const int said = TRY(drive(login.session, login.socket, login.patience, [&] {
    return libssh2_session_handshake(login.session, login.socket);
  }));
  if (said == 0) return {};
  const bool nothing_common = said == LIBSSH2_ERROR_KEX_FAILURE ||
                              said == LIBSSH2_ERROR_METHOD_NONE ||
                              said == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE;
  return tl::unexpected(lost_or(login, nothing_common ? ENOPROTOOPT : EPROTO,
                                said, "no ssh connection"));
}

Result<void> check_host_key(const Libssh2Login& login,
                            const KnownHosts& known) {
  std::size_t size = 0;
  int type = 0;
  const char* key = libssh2_session_hostkey(login.session, &size, &type);
  if (key == nullptr) return fail(EPROTO, "the server shows no host key");
  const auto* name = std::ranges::find(key_types, type, &KeyType::libssh2);
  if (name == key_types.end())
    return fail(ENOPROTOOPT, "a host key of a type that libssh2 cannot check");
  const KnownHosts::Verdict verdict =
      known.check(login.config.known_as(), name->name,
                  base64(std::as_bytes(std::span(key, size))));
  switch (verdict.kind) {
    case KnownHosts::Verdict::Kind::known:
      return {};
    case KnownHosts::Verdict::Kind::changed:
      return tl::unexpected(changed_host_key(verdict.where));
    case KnownHosts::Verdict::Kind::revoked:
      return fail(EACCES,
                  fmt::format("its host key is revoked by {}", verdict.where));
    case KnownHosts::Verdict::Kind::unknown:
      break;
  }
  if (known.has_authority(login.config.known_as()))
    return fail(ENOPROTOOPT, "its host key is to be checked by a certificate");
  return tl::unexpected(unknown_host_key(login.context));
}

Result<void> log_in(const Libssh2Login& login) {
  const std::string& user = login.config.user;
  char* list = nullptr;
  TRY(drive(login.session, login.socket, login.patience, [&] {
    list = libssh2_userauth_list(login.session, user.data(),
                                 static_cast<unsigned>(user.size()));
    return list == nullptr ? libssh2_session_last_errno(login.session) : 0;
  }));
  if (list == nullptr) {
    if (libssh2_userauth_authenticated(login.session) != 0) return {};
    return tl::unexpected(lost_or(
        login, EPROTO, libssh2_session_last_errno(login.session), "login"));
  }
  const std::string methods = list;
  Attempts attempts(login);
  if (methods.find("publickey") != methods.npos) {
    if (TRY(attempts.agent_keys())) return {};
    if (TRY(attempts.key_files())) return {};
  }
  if (login.context.options.password.given() &&
      methods.find("password") != methods.npos) {
    if (TRY(attempts.password())) return {};
  }
  return tl::unexpected(attempts.refusal(methods));
}

}  // namespace vfsrun::sftp
