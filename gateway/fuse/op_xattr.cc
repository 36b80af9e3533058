// SPDX-License-Identifier: GPL-2.0-or-later
// Extended attributes: there are none. ENOSYS tells the kernel to answer
// EOPNOTSUPP by itself from then on, which spares `ls -l` a trip for each
// file.
#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

void op_setxattr(fuse_req_t request, fuse_ino_t ino, const char* name,
                 const char* /*value*/, std::size_t /*size*/, int /*flags*/) {
  run_plain(
      request, {"setxattr", Ino{ino}, name},
      [&](Operation& operation) -> Result<void> {
        return tl::unexpected(operation.filesystem().unsupported(Ino{ino}));
      });
}

void op_getxattr(fuse_req_t request, fuse_ino_t ino, const char* name,
                 std::size_t /*size*/) {
  run_plain(request, {"getxattr", Ino{ino}, name},
            [](Operation&) -> Result<void> { return fail(ENOSYS); });
}

void op_listxattr(fuse_req_t request, fuse_ino_t ino, std::size_t /*size*/) {
  run_plain(request, {"listxattr", Ino{ino}, {}},
            [](Operation&) -> Result<void> { return fail(ENOSYS); });
}

void op_removexattr(fuse_req_t request, fuse_ino_t ino, const char* name) {
  run_plain(
      request, {"removexattr", Ino{ino}, name},
      [&](Operation& operation) -> Result<void> {
        return tl::unexpected(operation.filesystem().unsupported(Ino{ino}));
      });
}

}  // namespace vfsrun::fuse
