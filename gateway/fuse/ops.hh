// SPDX-License-Identifier: GPL-2.0-or-later
// The operations that libfuse calls, one family a file. On worker threads;
// each answers before it returns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gateway/fuse/lowlevel.hh"

namespace vfsrun::fuse {

/// The table for fuse_session_new(); its userdata is a Context.
[[nodiscard]] const fuse_lowlevel_ops& operations() noexcept;

// op_lookup.cc
void op_init(void* userdata, fuse_conn_info* connection);
void op_lookup(fuse_req_t request, fuse_ino_t parent, const char* name);
void op_forget(fuse_req_t request, fuse_ino_t ino, std::uint64_t lookups);
void op_forget_multi(fuse_req_t request, std::size_t count,
                     fuse_forget_data* forgets);
// op_attr.cc
void op_getattr(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info);
void op_setattr(fuse_req_t request, fuse_ino_t ino, struct stat* attr,
                int to_set, fuse_file_info* info);
void op_access(fuse_req_t request, fuse_ino_t ino, int mask);
void op_readlink(fuse_req_t request, fuse_ino_t ino);
void op_statfs(fuse_req_t request, fuse_ino_t ino);
// op_read.cc
void op_open(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info);
void op_read(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset,
             fuse_file_info* info);
void op_release(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info);
// op_write.cc
void op_create(fuse_req_t request, fuse_ino_t parent, const char* name,
               mode_t mode, fuse_file_info* info);
void op_write(fuse_req_t request, fuse_ino_t ino, const char* bytes,
              std::size_t size, off_t offset, fuse_file_info* info);
void op_flush(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info);
void op_fallocate(fuse_req_t request, fuse_ino_t ino, int mode, off_t offset,
                  off_t length, fuse_file_info* info);
void op_fsync(fuse_req_t request, fuse_ino_t ino, int datasync,
              fuse_file_info* info);
// op_dir.cc
void op_opendir(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info);
void op_readdir(fuse_req_t request, fuse_ino_t ino, std::size_t size,
                off_t offset, fuse_file_info* info);
void op_readdirplus(fuse_req_t request, fuse_ino_t ino, std::size_t size,
                    off_t offset, fuse_file_info* info);
void op_releasedir(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info);
// op_names.cc
void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t mode);
void op_mknod(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t mode, dev_t device);
void op_unlink(fuse_req_t request, fuse_ino_t parent, const char* name);
void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char* name);
void op_rename(fuse_req_t request, fuse_ino_t parent, const char* name,
               fuse_ino_t new_parent, const char* new_name, unsigned int flags);
void op_symlink(fuse_req_t request, const char* target, fuse_ino_t parent,
                const char* name);
void op_link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t new_parent,
             const char* new_name);
// op_xattr.cc
void op_setxattr(fuse_req_t request, fuse_ino_t ino, const char* name,
                 const char* value, std::size_t size, int flags);
void op_getxattr(fuse_req_t request, fuse_ino_t ino, const char* name,
                 std::size_t size);
void op_listxattr(fuse_req_t request, fuse_ino_t ino, std::size_t size);
void op_removexattr(fuse_req_t request, fuse_ino_t ino, const char* name);

}  // namespace vfsrun::fuse
