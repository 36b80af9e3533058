// SPDX-License-Identifier: GPL-2.0-or-later
// Extended attributes: there are none. EOPNOTSUPP is what programs get, and
// take for the whole file system: `ls -l` asks for the access list of one
// file and then of no other.
#include <string_view>

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
  // The kernel's own question, at each write(2): ENOSYS spares it the others.
  // It answers for itself from then on, but access lists with ENODATA (since
  // Linux 6.2), on which `ls -l` asks for those of all files; hence not
  // before something is written.
  const bool at_write = std::string_view(name) == "security.capability";
  run_plain(request, {"getxattr", Ino{ino}, name},
            [&](Operation&) -> Result<void> {
              return fail(at_write ? ENOSYS : EOPNOTSUPP);
            });
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
