// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "gateway/config/mount_key_sections.hh"
#include "gateway/config/mount_url.hh"

namespace vfsrun::mount_file {

namespace {

Result<void> set_path(const Value& value, Mount& mount) {
  auto path = VPath::parse(value.text);
  if (!path) return fail(EINVAL, fmt::format("is {}", path.error().detail));
  if (path->is_root()) return fail(EINVAL, "is the root, which is the host's");
  const auto parts = path->components();
  if (!std::ranges::all_of(parts, VPath::valid_name) ||
      path->str().size() > 1024)
    return fail(EINVAL, "is too long");
  // The gateway's own directory, and the trees that the kernel makes.
  static constexpr std::array<std::string_view, 4> reserved{".vfsrun", "proc",
                                                            "sys", "dev"};
  if (std::ranges::find(reserved, parts.front()) != reserved.end()) {
    return fail(EINVAL,
                fmt::format("lies in /{}, which is reserved", parts.front()));
  }
  mount.path = *std::move(path);
  return {};
}

Result<void> set_url(const Value& value, Mount& mount) {
  mount.url = TRY(check_mount_url(value.text));
  return {};
}

Result<void> set_access(const Value& value, Mount& mount) {
  if (value.text != "ro" && value.text != "rw")
    return fail(EINVAL, fmt::format("is \"{}\"", value.text));
  mount.access = value.text == "rw" ? Access::read_write : Access::read_only;
  return {};
}

Result<void> set_source(const Value& value, Mount& mount) {
  mount.source = value.text;
  return {};
}

constexpr std::array<KeyRule, 4> rules{{
    {.section = "",
     .name = "path",
     .expected = "an absolute path such as \"/genomes\"",
     .set = set_path,
     .get = [](const Mount& mount) { return mount.path.str(); },
     .required = true},
    {.section = "",
     .name = "url",
     .expected = "a url such as \"https://host/folder/\" or "
                 "\"https://{host}/\"",
     .set = set_url,
     .get = [](const Mount& mount) { return mount.url; },
     .required = true},
    {.section = "",
     .name = "mode",
     .expected = R"("ro" or "rw")",
     .set = set_access,
     .get =
         [](const Mount& mount) {
           return std::string(mount.access == Access::read_write ? "rw" : "ro");
         }},
    {.section = "",
     .name = "source",
     .expected = "a text",
     .set = set_source,
     .get = [](const Mount& mount) { return mount.source; },
     .internal = true},
}};

}  // namespace

std::span<const KeyRule> general_keys() noexcept { return rules; }

}  // namespace vfsrun::mount_file
