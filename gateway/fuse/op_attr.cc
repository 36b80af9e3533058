// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

void op_getattr(fuse_req_t request, fuse_ino_t ino, fuse_file_info* /*info*/) {
  run(request, {"getattr", Ino{ino}, {}}, [&](Operation& operation) {
    const Result<NodeAttr> node = operation.filesystem().attributes(Ino{ino});
    if (!node) return operation.fail(node.error());
    operation.reply().attributes(*node, operation.owner());
  });
}

void op_setattr(fuse_req_t request, fuse_ino_t ino, struct stat* /*attr*/,
                int /*to_set*/, fuse_file_info* /*info*/) {
  run_plain(request, {"setattr", Ino{ino}, {}},
            [](Operation&) -> Result<void> { return fail(EROFS); });
}

void op_access(fuse_req_t request, fuse_ino_t ino, int mask) {
  run_plain(request, {"access", Ino{ino}, {}}, [&](Operation& operation) {
    return operation.filesystem().access(Ino{ino}, mask);
  });
}

void op_readlink(fuse_req_t request, fuse_ino_t ino) {
  run(request, {"readlink", Ino{ino}, {}}, [&](Operation& operation) {
    const Result<std::string> target =
        operation.filesystem().link_target(Ino{ino});
    if (!target) return operation.fail(target.error());
    operation.reply().link(*target);
  });
}

void op_statfs(fuse_req_t request, fuse_ino_t ino) {
  run(request, {"statfs", Ino{ino}, {}},
      [](Operation& operation) { operation.reply().statistics(); });
}

}  // namespace vfsrun::fuse
