// SPDX-License-Identifier: GPL-2.0-or-later
// Values that several keys have: texts → durations, numbers, switches,
// secrets, and back. Errors say what is wrong ("is 0"). Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "gateway/config/mount_keys.hh"

namespace vfsrun::mount_file {

inline constexpr std::string_view duration_expected =
    R"(a duration such as "250ms", "5s", "10m", "1h", "7d")";

enum class Zero : std::uint8_t { allowed, refused };

/// Up to ten years.
Result<std::chrono::milliseconds> duration(const Value& value, Zero zero);
std::string duration_text(std::chrono::milliseconds duration);

Result<std::uint64_t> number(const Value& value, std::uint64_t least,
                             std::uint64_t most);
Result<bool> boolean(const Value& value);
std::string boolean_text(bool value);

/// A text of at least one character.
Result<std::string> non_empty(const Value& value);

/// A file's name: absolute, or "~/" and a path below $HOME.
Result<std::string> file_name(const Value& value);

/// A secret that stands in the file itself.
Result<std::string> private_text(const Value& value);

/// The name of an environment variable.
Result<std::string> variable_name(const Value& value);

/// A program and its arguments.
Result<std::vector<std::string>> command(const Value& value);

/// No control character, DEL or NUL.
bool is_printable(std::string_view text) noexcept;

}  // namespace vfsrun::mount_file
