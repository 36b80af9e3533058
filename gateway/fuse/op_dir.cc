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
/// kernel's format, which `add` writes: it is given the place, the room, the
/// name and the offset, and gives what it takes. An entry's offset is the
/// number of the next one, which holds for as long as the handle is open.
template <class Add>
std::vector<std::byte> pack(const OpenDirectory& directory, std::size_t first,
                            std::size_t room, Add add) {
  std::vector<std::byte> packed(room);
  std::size_t used = 0;
  for (std::size_t at = first; at < directory.names.size(); ++at) {
    const std::size_t size =
        add(reinterpret_cast<char*>(packed.data() + used), room - used,
            directory.names[at], static_cast<off_t>(at + 1));
    if (size > room - used) break;
    used += size;
  }
  packed.resize(used);
  return packed;
}

struct stat type_of(const OpenDirectory::Name& name) {
  struct stat attr {};

  attr.st_ino = name.number;
  attr.st_mode = type_bits(name.kind);
  return attr;
}

/// The names with what is known of them. Zero as a number tells the kernel
/// that there is only the name.
class PlusPacker {
 public:
  PlusPacker(Operation& operation, const OpenDirectory& directory)
      : operation_(operation), directory_(directory) {}

  std::size_t add(char* to, std::size_t room, const OpenDirectory::Name& name,
                  off_t next) {
    const std::size_t size = fuse_add_direntry_plus(
        request(), nullptr, 0, name.name.c_str(), nullptr, 0);
    if (size > room) return size;
    fuse_entry_param entry{};
    entry.attr = type_of(name);
    const auto known = operation_.filesystem().known_child(directory_, name);
    if (known) {
      entry = entry_of(*known, operation_.owner());
      given_.push_back(known->ino);
    }
    return fuse_add_direntry_plus(request(), to, room, name.name.c_str(),
                                  &entry, next);
  }

  /// The kernel never learnt of them.
  void take_back() {
    for (const Ino ino : given_) operation_.filesystem().forget(ino, 1);
  }

 private:
  fuse_req_t request() { return operation_.reply().request(); }

  Operation& operation_;
  const OpenDirectory& directory_;
  std::vector<Ino> given_;
};

}  // namespace

void op_opendir(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  run(request, {"opendir", Ino{ino}, {}}, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const Result<std::uint64_t> handle =
        filesystem.open_directory(Ino{ino}, operation.call());
    if (!handle) return operation.fail(handle.error());
    info->fh = *handle;
    if (const auto directory = filesystem.directory(*handle)) {
      info->cache_readdir = (*directory)->keepable ? 1 : 0;
      info->keep_cache = (*directory)->kept ? 1 : 0;
    }
    if (!operation.reply().opened(*info)) filesystem.release_directory(*handle);
  });
}

void op_readdir(fuse_req_t request, fuse_ino_t ino, std::size_t size,
                off_t offset, fuse_file_info* info) {
  run(request, {"readdir", Ino{ino}, {}}, [&](Operation& operation) {
    const auto directory = operation.filesystem().directory(info->fh);
    if (!directory) return operation.fail(directory.error());
    const auto packed =
        pack(**directory, static_cast<std::size_t>(offset), size,
             [&](char* to, std::size_t room, const OpenDirectory::Name& name,
                 off_t next) {
               const struct stat attr = type_of(name);
               return fuse_add_direntry(request, to, room, name.name.c_str(),
                                        &attr, next);
             });
    operation.reply().data(packed);
  });
}

void op_readdirplus(fuse_req_t request, fuse_ino_t ino, std::size_t size,
                    off_t offset, fuse_file_info* info) {
  run(request, {"readdirplus", Ino{ino}, {}}, [&](Operation& operation) {
    const auto directory = operation.filesystem().directory(info->fh);
    if (!directory) return operation.fail(directory.error());
    PlusPacker packer(operation, **directory);
    const auto packed =
        pack(**directory, static_cast<std::size_t>(offset), size,
             [&](char* to, std::size_t room, const OpenDirectory::Name& name,
                 off_t next) { return packer.add(to, room, name, next); });
    if (!operation.reply().data(packed)) packer.take_back();
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
