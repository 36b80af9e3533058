// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/registry.hh"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "backends/http.hh"
#include "backends/sftp/sftp.hh"

namespace vfsrun {

namespace {

Result<std::unique_ptr<Backend>> make_http(const Mount& mount,
                                           BackendContext& context) {
  using Identity = BackendContext::Identity;
  curl::Engine* own = TRY(context.engine(mount, Identity::mount));
  curl::Engine* others = TRY(context.engine(mount, Identity::nobody));
  return HttpBackend::create(mount, {own, others}, context.counters());
}

Result<std::unique_ptr<Backend>> make_sftp(const Mount& mount,
                                           BackendContext& context) {
  return SftpBackend::create(mount, context.counters());
}

struct Scheme {
  std::string_view name;
  Result<std::unique_ptr<Backend>> (*make)(const Mount&, BackendContext&);
};

constexpr std::array<Scheme, 3> schemes{{
    {"http", &make_http},
    {"https", &make_http},
    {"sftp", &make_sftp},
}};

}  // namespace

Result<curl::Engine*> BackendContext::engine(const Mount& mount,
                                             Identity identity) {
  const HttpOptions& http = mount.http;
  curl::EngineOptions options = engine_options_;
  options.connections_per_host = http.connections;
  if (!http.ca_file.empty()) options.ca_file = http.ca_file;
  if (!http.proxy.empty())
    options.proxy = http.proxy == "none" ? std::string() : http.proxy;
  std::string owner;
  if (identity == Identity::mount) {
    options.client_cert = http.client_cert;
    options.client_key = http.client_key;
    const bool has_secret = !http.user.empty() || http.token.given() ||
                            !http.client_cert.empty() || !http.headers.empty();
    if (has_secret) owner = mount.path.str();
  }
  const std::string key =
      fmt::format("{}\n{}\n{}\n{}", options.connections_per_host,
                  options.ca_file, http.proxy, owner);
  std::unique_ptr<curl::Engine>& engine = engines_[key];
  if (!engine) engine = TRY(curl::Engine::create(*counters_, options));
  return engine.get();
}

std::vector<std::string> backend_schemes() {
  std::vector<std::string> names;
  names.reserve(schemes.size());
  for (const Scheme& scheme : schemes) names.emplace_back(scheme.name);
  std::ranges::sort(names);
  return names;
}

Result<std::unique_ptr<Backend>> make_backend(const Mount& mount,
                                              BackendContext& context) {
  const std::string wanted = mount.scheme();
  const auto* found = std::ranges::find(schemes, wanted, &Scheme::name);
  if (found == schemes.end()) {
    std::string known;
    for (const std::string& name : backend_schemes())
      known += (known.empty() ? "" : ", ") + name;
    return fail(EINVAL, fmt::format("unknown scheme \"{}\" in the url; "
                                    "expected one of {}",
                                    wanted, known));
  }
  return found->make(mount, context);
}

}  // namespace vfsrun
