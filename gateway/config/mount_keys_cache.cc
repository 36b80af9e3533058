// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "gateway/config/mount_key_sections.hh"
#include "gateway/config/mount_values.hh"

namespace vfsrun::mount_file {

namespace {

Result<void> set_max_age(const Value& value, Mount& mount) {
  mount.cache.max_age = TRY(duration(value, Zero::allowed));
  mount.cache.max_age_given = true;
  return {};
}

Result<void> set_immutable(const Value& value, Mount& mount) {
  mount.cache.immutable = TRY(boolean(value));
  return {};
}

Result<void> set_disk(const Value& value, Mount& mount) {
  mount.cache.disk = TRY(boolean(value));
  return {};
}

constexpr std::array<KeyRule, 3> rules{{
    {.section = "cache",
     .name = "max_age",
     .expected = duration_expected,
     .set = set_max_age,
     .get =
         [](const Mount& mount) {
           return mount.cache.max_age_given ? duration_text(mount.cache.max_age)
                                            : std::string();
         }},
    {.section = "cache",
     .name = "immutable",
     .expected = "true or false",
     .set = set_immutable,
     .get =
         [](const Mount& mount) { return boolean_text(mount.cache.immutable); },
     .form = Form::boolean},
    {.section = "cache",
     .name = "disk",
     .expected = "true or false",
     .set = set_disk,
     .get = [](const Mount& mount) { return boolean_text(mount.cache.disk); },
     .form = Form::boolean},
}};

}  // namespace

std::span<const KeyRule> cache_keys() noexcept { return rules; }

}  // namespace vfsrun::mount_file
