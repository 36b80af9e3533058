// SPDX-License-Identifier: GPL-2.0-or-later
// Changing the bytes of files.
#include <fcntl.h>

#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

void op_create(fuse_req_t request, fuse_ino_t parent, const char* name,
               mode_t mode, fuse_file_info* info) {
  run(request, {"create", Ino{parent}, name}, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const auto created = filesystem.create(Ino{parent}, name, info->flags, mode,
                                           operation.call());
    if (!created) return operation.fail(created.error());
    info->fh = created->opened.handle;
    info->keep_cache = 1;  // there are none yet
    if (operation.reply().created(created->entry, operation.owner(), *info))
      return;
    filesystem.release(info->fh);
    filesystem.forget(created->entry.ino, 1);
  });
}

void op_write(fuse_req_t request, fuse_ino_t ino, const char* bytes,
              std::size_t size, off_t offset, fuse_file_info* info) {
  run(request, {"write", Ino{ino}, {}}, [&](Operation& operation) {
    // Pages of a mapping have their places, whatever O_APPEND says.
    const auto where = info->writepage != 0 ? Filesystem::Where::exactly
                                            : Filesystem::Where::as_opened;
    const Result<void> done = operation.filesystem().write(
        info->fh, static_cast<std::uint64_t>(offset),
        std::as_bytes(std::span(bytes, size)), where, operation.call());
    if (!done) return operation.fail(done.error());
    operation.reply().written(size);
  });
}

void op_flush(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  run_plain(request, {"flush", Ino{ino}, {}}, [&](Operation& operation) {
    return operation.filesystem().flush(info->fh, operation.call());
  });
}

void op_fallocate(fuse_req_t request, fuse_ino_t ino, int /*mode*/,
                  off_t /*offset*/, off_t /*length*/,
                  fuse_file_info* /*info*/) {
  run_plain(
      request, {"fallocate", Ino{ino}, {}},
      [&](Operation& operation) -> Result<void> {
        return tl::unexpected(operation.filesystem().unsupported(Ino{ino}));
      });
}

void op_fsync(fuse_req_t request, fuse_ino_t ino, int /*datasync*/,
              fuse_file_info* info) {
  run_plain(request, {"fsync", Ino{ino}, {}}, [&](Operation& operation) {
    return operation.filesystem().sync(info->fh, operation.call());
  });
}

}  // namespace vfsrun::fuse
