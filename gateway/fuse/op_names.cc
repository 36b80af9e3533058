// SPDX-License-Identifier: GPL-2.0-or-later
// Making, removing and renaming names.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

namespace {
/// Answers with what `make(filesystem, call)` has made.
template <class Make>
void run_making(fuse_req_t request, const Subject& subject, Make make) {
  run(request, subject, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const Result<EntryReply> entry = make(filesystem, operation.call());
    if (!entry) return operation.fail(entry.error());
    if (!operation.reply().entry(*entry, operation.owner()))
      filesystem.forget(entry->ino, 1);
  });
}
}  // namespace

void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t mode) {
  run_making(request, {"mkdir", Ino{parent}, name},
             [&](Filesystem& filesystem, Call& call) {
               return filesystem.make_directory(Ino{parent}, name, mode, call);
             });
}

void op_mknod(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t mode, dev_t /*device*/) {
  run_making(request, {"mknod", Ino{parent}, name},
             [&](Filesystem& filesystem, Call& call) -> Result<EntryReply> {
               // mknod(2): EPERM where the file system has no such files.
               if (S_ISREG(mode))
                 return filesystem.make_file(Ino{parent}, name, mode, call);
               const Error error = filesystem.unsupported(Ino{parent});
               return fail(error.code == EOPNOTSUPP ? EPERM : error.code);
             });
}

void op_unlink(fuse_req_t request, fuse_ino_t parent, const char* name) {
  run_plain(request, {"unlink", Ino{parent}, name}, [&](Operation& operation) {
    return operation.filesystem().remove(Ino{parent}, name, Kind::file,
                                         operation.call());
  });
}

void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char* name) {
  run_plain(request, {"rmdir", Ino{parent}, name}, [&](Operation& operation) {
    return operation.filesystem().remove(Ino{parent}, name, Kind::directory,
                                         operation.call());
  });
}

void op_rename(fuse_req_t request, fuse_ino_t parent, const char* name,
               fuse_ino_t new_parent, const char* new_name,
               unsigned int flags) {
  run_plain(request, {"rename", Ino{parent}, name},
            [&](Operation& operation) -> Result<void> {
              // rename(2): EINVAL for flags that the file system lacks.
              if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0)
                return fail(EINVAL);
              return operation.filesystem().rename(
                  Ino{parent}, name, Ino{new_parent}, new_name,
                  flags == 0 ? LiveTree::Over::replace : LiveTree::Over::refuse,
                  operation.call());
            });
}

void op_symlink(fuse_req_t request, const char* target, fuse_ino_t parent,
                const char* name) {
  run_making(request, {"symlink", Ino{parent}, name},
             [&](Filesystem& filesystem, Call& call) {
               return filesystem.make_link(Ino{parent}, name, target, call);
             });
}

void op_link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t new_parent,
             const char* new_name) {
  run_making(request, {"link", Ino{new_parent}, new_name},
             [&](Filesystem& filesystem, Call& call) {
               return filesystem.make_hard_link(Ino{ino}, Ino{new_parent},
                                                new_name, call);
             });
}

}  // namespace vfsrun::fuse
