// SPDX-License-Identifier: GPL-2.0-or-later
// How the one who starts ssh tells the program that answers ssh's questions
// where the password is to be had. Never the password. Constants.
#pragma once

namespace vfsrun::askpass {

/// Words of a command with separators between, or mark and variable's name.
inline constexpr const char* source_variable = "VFSRUN_ASKPASS";
/// What SSH_ASKPASS was before.
inline constexpr const char* other_variable = "VFSRUN_ASKPASS_ELSE";
inline constexpr char separator = '\x1f';
inline constexpr char variable_mark = '$';

}  // namespace vfsrun::askpass
