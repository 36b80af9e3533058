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
  curl::Engine* engine = TRY(context.engine());
  return HttpBackend::create(mount, *engine, context.counters());
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

Result<curl::Engine*> BackendContext::engine() {
  if (!engine_)
    engine_ = TRY(curl::Engine::create(*counters_, engine_options_));
  return engine_.get();
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
