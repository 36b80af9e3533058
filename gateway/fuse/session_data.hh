// SPDX-License-Identifier: GPL-2.0-or-later
// The userdata of a session: libfuse hands it to every operation and to the
// functions that read and write the kernel's device.
#pragma once

#include "gateway/fuse/init_patch.hh"

namespace vfsrun::fuse {

struct Context;

struct SessionData {
  const Context* context = nullptr;  ///< set before the first request is read
  InitPatch patch;
};

}  // namespace vfsrun::fuse
