// SPDX-License-Identifier: GPL-2.0-or-later
// Making, removing and renaming names.
#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

namespace {
void refuse(fuse_req_t request, std::string_view what, fuse_ino_t parent,
            const char* name) {
  run_plain(request, {what, Ino{parent}, name},
            [&](Operation& operation) -> Result<void> {
              return tl::unexpected(
                  operation.filesystem().refusal(Ino{parent}, name));
            });
}
}  // namespace

void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t /*mode*/) {
  run(request, {"mkdir", Ino{parent}, name}, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const Result<EntryReply> entry =
        filesystem.make_directory(Ino{parent}, name, operation.call());
    if (!entry) return operation.fail(entry.error());
    if (!operation.reply().entry(*entry, operation.owner()))
      filesystem.forget(entry->ino, 1);
  });
}

void op_mknod(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t /*mode*/, dev_t /*device*/) {
  refuse(request, "mknod", parent, name);
}

void op_unlink(fuse_req_t request, fuse_ino_t parent, const char* name) {
  refuse(request, "unlink", parent, name);
}

void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char* name) {
  refuse(request, "rmdir", parent, name);
}

void op_rename(fuse_req_t request, fuse_ino_t parent, const char* name,
               fuse_ino_t /*new_parent*/, const char* /*new_name*/,
               unsigned int /*flags*/) {
  refuse(request, "rename", parent, name);
}

void op_symlink(fuse_req_t request, const char* /*target*/, fuse_ino_t parent,
                const char* name) {
  refuse(request, "symlink", parent, name);
}

void op_link(fuse_req_t request, fuse_ino_t /*ino*/, fuse_ino_t new_parent,
             const char* new_name) {
  refuse(request, "link", new_parent, new_name);
}

}  // namespace vfsrun::fuse
