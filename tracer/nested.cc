// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/nested.hh"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <boost/filesystem.hpp>

#include "gateway/base/text.hh"
#include "gateway/config/mount_file.hh"
#include "tracer/proc_links.hh"

namespace vfsrun::tracer {

namespace fs = boost::filesystem;

namespace {
constexpr const char* memory_name = "vfsrun-mounts";
constexpr std::size_t status_limit = 65536;
constexpr std::size_t table_limit = 16U << 20U;
}  // namespace

pid_t own_tracer() {
  constexpr std::string_view key = "\nTracerPid:";
  const auto file = open_file("/proc/self/status", O_RDONLY);
  if (!file) return 0;
  const auto text = read_all(file->get(), status_limit);
  if (!text) return 0;
  const std::size_t at = text->find(key);
  if (at == text->npos) return 0;
  const std::size_t value = at + key.size();
  const auto pid = parse_number(trim(
      std::string_view(*text).substr(value, text->find('\n', value) - value)));
  return static_cast<pid_t>(pid.value_or(0));
}

Result<Fd> publish_mounts(const std::string& mounts_toml) {
  Fd memory = TRY(make_memfd(memory_name, 0));
  TRY(write_all(memory.get(), mounts_toml));
  return memory;
}

std::optional<MountTable> outer_mounts() {
  const pid_t tracer = own_tracer();
  if (tracer == 0) return std::nullopt;
  const std::string wanted = fmt::format("/memfd:{} (deleted)", memory_name);
  boost::system::error_code error;
  for (fs::directory_iterator at(fmt::format("/proc/{}/fd", tracer), error),
       end;
       !error && at != end; at.increment(error)) {
    const std::string link = at->path().string();
    if (read_link(link) != wanted) continue;
    const auto file = open_file(link, O_RDONLY);
    if (!file) return std::nullopt;
    const auto text = read_all(file->get(), table_limit);
    if (!text) return std::nullopt;
    auto table = from_toml(*text);
    return table ? std::optional(*std::move(table)) : std::nullopt;
  }
  return std::nullopt;
}

Result<void> check_covered(const MountTable& inner, const MountTable& outer) {
  for (const Mount& mount : inner.mounts()) {
    const bool has =
        std::ranges::any_of(outer.mounts(), [&](const Mount& other) {
          return other.path == mount.path && other.url == mount.url;
        });
    if (!has) {
      return fail(EINVAL,
                  fmt::format("this vfsrun runs inside another one, which has "
                              "no mount {} = {}: give it to the outer one",
                              mount.path.str(), mount.url));
    }
  }
  return {};
}

}  // namespace vfsrun::tracer
