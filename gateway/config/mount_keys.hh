// SPDX-License-Identifier: GPL-2.0-or-later
// Every key of a mounts.d file: how its text becomes part of a Mount and back.
// The one list behind parsing, writing and messages. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/base/mount_table.hh"
#include "gateway/base/result.hh"

namespace vfsrun::mount_file {

/// One value on its way into a Mount.
struct Value {
  std::string_view key;  ///< last part of its name
  std::string_view text;
  bool is_private;  ///< from a text that only its owner can read
};

struct KeyRule {
  std::string_view section;  ///< "", "cache", "http", "http.headers"
  std::string_view name;     ///< "*": any key of the section
  std::string_view expected;
  /// The error's detail says what is wrong with the value.
  Result<void> (*set)(const Value& value, Mount& mount);
  /// The value as text; null for "*".
  std::string (*get)(const Mount& mount);
  bool required = false;
  bool internal = false;  ///< not for people: in a handed-over table only
};

std::span<const KeyRule> key_rules() noexcept;

/// No control character, DEL or NUL.
bool is_printable(std::string_view text) noexcept;

}  // namespace vfsrun::mount_file
