// SPDX-License-Identifier: GPL-2.0-or-later
// Changing the bytes of files: read-only stores refuse it.
#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

void op_create(fuse_req_t request, fuse_ino_t parent, const char* name,
               mode_t /*mode*/, fuse_file_info* /*info*/) {
  run_plain(request, {"create", Ino{parent}, name},
            [](Operation&) -> Result<void> { return fail(EROFS); });
}

void op_write(fuse_req_t request, fuse_ino_t ino, const char* /*bytes*/,
              std::size_t /*size*/, off_t /*offset*/,
              fuse_file_info* /*info*/) {
  run_plain(request, {"write", Ino{ino}, {}},
            [](Operation&) -> Result<void> { return fail(EROFS); });
}

void op_fallocate(fuse_req_t request, fuse_ino_t ino, int /*mode*/,
                  off_t /*offset*/, off_t /*length*/,
                  fuse_file_info* /*info*/) {
  run_plain(request, {"fallocate", Ino{ino}, {}},
            [](Operation&) -> Result<void> { return fail(EROFS); });
}

void op_fsync(fuse_req_t request, fuse_ino_t ino, int /*datasync*/,
              fuse_file_info* /*info*/) {
  // Nothing was ever written, so all of it is safe.
  run_plain(request, {"fsync", Ino{ino}, {}},
            [](Operation&) -> Result<void> { return {}; });
}

}  // namespace vfsrun::fuse
