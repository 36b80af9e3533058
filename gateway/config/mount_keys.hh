// SPDX-License-Identifier: GPL-2.0-or-later
// Every key of a mounts.d file: how its text becomes part of a Mount and back.
// The one list behind parsing, writing and messages. Pure; any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"

namespace vfsrun::mount_file {

/// One value on its way into a Mount.
struct Value {
  std::string_view key;   ///< last part of its name
  std::string_view text;  ///< "true", "false" and numbers in decimal, too
  std::vector<std::string> list;
  /// From a text that is ours and that only we can read.
  bool is_private = false;
};

/// What stands behind the '=' in TOML.
enum class Form : std::uint8_t { text, boolean, number, list };

struct KeyRule {
  std::string_view section;  ///< "", "cache", "http", "http.headers"
  std::string_view name;     ///< "*": any key of the section, a text each
  std::string_view expected;
  /// The error's detail says what is wrong with the value.
  Result<void> (*set)(const Value& value, Mount& mount);
  /// The value as text, in the same form as set() takes it; empty: not given.
  /// One of the three, by form and name.
  std::string (*get)(const Mount& mount) = nullptr;
  std::vector<std::string> (*get_list)(const Mount& mount) = nullptr;
  std::map<std::string, std::string> (*get_all)(const Mount& mount) = nullptr;
  Form form = Form::text;
  bool required = false;
  bool internal = false;  ///< not for people: in a handed-over table only
};

/// All sections in the order in which they are written.
std::span<const KeyRule> key_rules();

/// What is wrong with the mount as a whole, though each key by itself is
/// right; the error's detail is one sentence with the keys' names in it.
Result<void> check_mount(const Mount& mount);

}  // namespace vfsrun::mount_file
