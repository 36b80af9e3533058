// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_keys.hh"

#include "gateway/config/mount_key_sections.hh"

namespace vfsrun::mount_file {

std::span<const KeyRule> key_rules() {
  static const std::vector<KeyRule> all = [] {
    std::vector<KeyRule> rules;
    for (const auto part :
         {general_keys(), cache_keys(), http_keys(), sftp_keys()})
      rules.insert(rules.end(), part.begin(), part.end());
    return rules;
  }();
  return all;
}

Result<void> check_mount(const Mount& mount) {
  TRY(check_http(mount));
  return check_sftp(mount);
}

}  // namespace vfsrun::mount_file
