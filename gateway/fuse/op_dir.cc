// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>

#include <vector>

#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

namespace {

mode_t type_bits(Kind kind) {
  if (kind == Kind::directory) return S_IFDIR;
  return kind == Kind::symlink ? S_IFLNK : S_IFREG;
}

/// Names from number `first` on, as many as fit into `room` bytes, in the
/// kernel's format. An entry's offset is the number of the next one, which
/// holds for as long as the handle is open.
std::vector<std::byte> pack(fuse_req_t request, const OpenDirectory& directory,
                            std::size_t first, std::size_t room) {
  std::vector<std::byte> packed(room);
  std::size_t used = 0;
  for (std::size_t at = first; at < directory.names.size(); ++at) {
    const OpenDirectory::Name& name = directory.names[at];

    struct stat attr {};

    attr.st_ino = name.number;
    attr.st_mode = type_bits(name.kind);
    const std::size_t size = fuse_add_direntry(
        request, reinterpret_cast<char*>(packed.data() + used), room - used,
        name.name.c_str(), &attr, static_cast<off_t>(at + 1));
    if (size > room - used) break;
    used += size;
  }
  packed.resize(used);
  return packed;
}

}  // namespace

void op_opendir(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  run(request, {"opendir", Ino{ino}, {}}, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const Result<std::uint64_t> handle =
        filesystem.open_directory(Ino{ino}, operation.call());
    if (!handle) return operation.fail(handle.error());
    info->fh = *handle;
    if (!operation.reply().opened(*info)) filesystem.release_directory(*handle);
  });
}

void op_readdir(fuse_req_t request, fuse_ino_t ino, std::size_t size,
                off_t offset, fuse_file_info* info) {
  run(request, {"readdir", Ino{ino}, {}}, [&](Operation& operation) {
    const auto directory = operation.filesystem().directory(info->fh);
    if (!directory) return operation.fail(directory.error());
    const std::vector<std::byte> packed =
        pack(request, **directory, static_cast<std::size_t>(offset), size);
    operation.reply().data(packed);
  });
}

void op_releasedir(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  run_plain(request, {"releasedir", Ino{ino}, {}},
            [&](Operation& operation) -> Result<void> {
              operation.filesystem().release_directory(info->fh);
              return {};
            });
}

}  // namespace vfsrun::fuse
