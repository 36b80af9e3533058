// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

namespace {

InFlight::Sort sort_of(std::size_t size) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size <= page ? InFlight::Sort::single_page_read
                      : InFlight::Sort::shared_read;
}

}  // namespace

void op_open(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  run(request, {"open", Ino{ino}, {}}, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const Result<Opened> opened =
        filesystem.open(Ino{ino}, info->flags, operation.call());
    if (!opened) return operation.fail(opened.error());
    info->fh = opened->handle;
    info->keep_cache = opened->keep_cache ? 1 : 0;
    info->direct_io = opened->direct_io ? 1 : 0;
    // Nothing to write back at close.
    info->noflush = (info->flags & O_ACCMODE) == O_RDONLY ? 1 : 0;
    if (!operation.reply().opened(*info)) filesystem.release(opened->handle);
  });
}

void op_read(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset,
             fuse_file_info* info) {
  run(request, {"read", Ino{ino}, {}, sort_of(size)},
      [&](Operation& operation) {
        // Not one for each worker: a thousand of them would keep it for ever.
        const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
        const std::span<std::byte> room(buffer.get(), size);
        const Result<FileBytes> got = operation.filesystem().read(
            info->fh, static_cast<std::uint64_t>(offset), room,
            operation.call());
        if (!got) return operation.fail(got.error());
        operation.reply().data(got->bytes);
      });
}

void op_release(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  run_plain(request, {"release", Ino{ino}, {}},
            [&](Operation& operation) -> Result<void> {
              operation.filesystem().release(info->fh);
              return {};
            });
}

}  // namespace vfsrun::fuse
