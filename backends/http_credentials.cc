// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_credentials.hh"

#include <fmt/core.h>

namespace vfsrun {

namespace {

constexpr std::size_t max_origins = 10'000;

std::string key_of(const curl::UrlParts& origin) {
  return origin.scheme + "://" + origin.authority();
}

}  // namespace

Result<HttpIdentity> HttpCredentials::fetch(const curl::UrlParts& origin,
                                            Call& call) const {
  HttpIdentity identity;
  const std::vector<std::string> environment{
      "VFSRUN_HOST=" + origin.host, "VFSRUN_URL=" + key_of(origin) + "/",
      "VFSRUN_USER=" + options_.user};
  if (options_.token.given()) {
    identity.token = TRY(fetch_secret(options_.token, environment, call));
    return identity;
  }
  if (options_.password.given()) {
    identity.login.user = options_.user;
    identity.login.password =
        TRY(fetch_secret(options_.password, environment, call));
    return identity;
  }
  // A name without a password, or the user's word, asks for netrc by http too.
  const bool by_default = origin.scheme == "https" || !options_.user.empty();
  if (!options_.netrc.value_or(by_default)) return identity;
  if (auto login = TRY(netrc_login(origin.host, options_.user))) {
    identity.login = *std::move(login);
  } else if (!options_.user.empty()) {
    return fail(EACCES, fmt::format("netrc has no password of {} for {}",
                                    options_.user, origin.host));
  }
  return identity;
}

Result<HttpIdentity> HttpCredentials::identity(const curl::UrlParts& origin,
                                               Call& call) {
  const std::string key = key_of(origin);
  {
    auto known = known_.lock();
    const auto found = known->find(key);
    if (found != known->end()) {
      if (Clock::now() < found->second.refused_until) {
        return fail(EACCES, fmt::format("{} refused the credentials a moment "
                                        "ago; they are not tried again yet",
                                        key));
      }
      if (found->second.refused_until == Clock::time_point())
        return found->second.identity;
    }
  }
  Known fresh;
  Result<HttpIdentity> identity = fetch(origin, call);
  if (!identity) {
    return fail(identity.error().code,
                fmt::format("{}: {}", key, identity.error().detail));
  }
  fresh.identity = *identity;
  auto known = known_.lock();
  if (known->size() >= max_origins) known->clear();
  known->insert_or_assign(key, std::move(fresh));
  return identity;
}

bool HttpCredentials::refused(const curl::UrlParts& origin) {
  auto known = known_.lock();
  const auto found = known->find(key_of(origin));
  if (found == known->end() || !found->second.identity.given()) return false;
  const bool from_command =
      !options_.token.command.empty() || !options_.password.command.empty();
  if (from_command && found->second.renewable) {
    known->erase(found);
    return true;
  }
  found->second.refused_until = Clock::now() + refused_for;
  return false;
}

void HttpCredentials::accepted(const curl::UrlParts& origin) {
  auto known = known_.lock();
  const auto found = known->find(key_of(origin));
  if (found != known->end()) found->second.renewable = true;
}

}  // namespace vfsrun
