// SPDX-License-Identifier: GPL-2.0-or-later
// libfuse's low-level API, at the version this folder is written for. Only
// files of this folder include it.
#pragma once

#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 14)
#include <fuse_lowlevel.h>
