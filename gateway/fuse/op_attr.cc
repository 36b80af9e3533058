// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctime>

#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

void op_getattr(fuse_req_t request, fuse_ino_t ino, fuse_file_info* /*info*/) {
  run(request, {"getattr", Ino{ino}, {}}, [&](Operation& operation) {
    const Result<NodeAttr> node =
        operation.filesystem().attributes(Ino{ino}, operation.call());
    if (!node) return operation.fail(node.error());
    operation.reply().attributes(*node, operation.owner());
  });
}

namespace {
/// What the kernel's FATTR_ bits and values ask for. The type bits of a mode
/// are not to be changed.
AttrRequest request_of(const struct stat& attr, int to_set) {
  constexpr mode_t permission_bits = 0777;
  const auto asked = [to_set](int bit) { return (to_set & bit) != 0; };
  AttrRequest wanted;
  if (asked(FUSE_SET_ATTR_MODE))
    wanted.change.mode = attr.st_mode & permission_bits;
  if (asked(FUSE_SET_ATTR_UID)) wanted.uid = attr.st_uid;
  if (asked(FUSE_SET_ATTR_GID)) wanted.gid = attr.st_gid;
  if (asked(FUSE_SET_ATTR_SIZE))
    wanted.change.size = static_cast<std::uint64_t>(attr.st_size);
  if (asked(FUSE_SET_ATTR_ATIME)) wanted.change.accessed = attr.st_atim.tv_sec;
  if (asked(FUSE_SET_ATTR_MTIME)) wanted.change.modified = attr.st_mtim.tv_sec;
  if (asked(FUSE_SET_ATTR_ATIME_NOW))
    wanted.change.accessed = std::time(nullptr);
  if (asked(FUSE_SET_ATTR_MTIME_NOW))
    wanted.change.modified = std::time(nullptr);
  return wanted;
}
}  // namespace

void op_setattr(fuse_req_t request, fuse_ino_t ino, struct stat* attr,
                int to_set, fuse_file_info* info) {
  run(request, {"setattr", Ino{ino}, {}}, [&](Operation& operation) {
    const Result<NodeAttr> node = operation.filesystem().change(
        Ino{ino}, request_of(*attr, to_set), info != nullptr ? info->fh : 0,
        operation.call());
    if (!node) return operation.fail(node.error());
    operation.reply().attributes(*node, operation.owner());
  });
}

void op_access(fuse_req_t request, fuse_ino_t ino, int mask) {
  run_plain(request, {"access", Ino{ino}, {}}, [&](Operation& operation) {
    return operation.filesystem().access(Ino{ino}, mask, operation.call());
  });
}

void op_readlink(fuse_req_t request, fuse_ino_t ino) {
  run(request, {"readlink", Ino{ino}, {}}, [&](Operation& operation) {
    const Result<std::string> target =
        operation.filesystem().link_target(Ino{ino}, operation.call());
    if (!target) return operation.fail(target.error());
    operation.reply().link(*target);
  });
}

void op_statfs(fuse_req_t request, fuse_ino_t ino) {
  run(request, {"statfs", Ino{ino}, {}}, [&](Operation& operation) {
    const auto space = operation.filesystem().space(Ino{ino}, operation.call());
    if (!space) return operation.fail(space.error());
    operation.reply().statistics(*space);
  });
}

}  // namespace vfsrun::fuse
