// SPDX-License-Identifier: GPL-2.0-or-later
// The program that ssh starts to ask for a password (SSH_ASKPASS in ssh(1)):
// the gateway itself, told by its environment. One thread; knows no mounts.
#pragma once

#include <optional>

namespace vfsrun {

/// Answers ssh's question with the mount's password, and gives the exit
/// status; nothing where the program was started for something else. Other
/// questions than for a password go to the user's own SSH_ASKPASS, if any.
std::optional<int> answer_ssh(int argc, char** argv);

}  // namespace vfsrun
