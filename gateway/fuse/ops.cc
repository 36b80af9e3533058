// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

const fuse_lowlevel_ops& operations() noexcept {
  static const fuse_lowlevel_ops table = [] {
    fuse_lowlevel_ops ops{};
    ops.init = op_init;
    ops.lookup = op_lookup;
    ops.forget = op_forget;
    ops.forget_multi = op_forget_multi;
    ops.getattr = op_getattr;
    ops.setattr = op_setattr;
    ops.access = op_access;
    ops.readlink = op_readlink;
    ops.statfs = op_statfs;
    ops.open = op_open;
    ops.read = op_read;
    ops.release = op_release;
    ops.create = op_create;
    ops.write = op_write;
    ops.flush = op_flush;
    ops.fallocate = op_fallocate;
    ops.fsync = op_fsync;
    ops.opendir = op_opendir;
    ops.readdir = op_readdir;
    ops.readdirplus = op_readdirplus;
    ops.releasedir = op_releasedir;
    ops.mkdir = op_mkdir;
    ops.mknod = op_mknod;
    ops.unlink = op_unlink;
    ops.rmdir = op_rmdir;
    ops.rename = op_rename;
    ops.symlink = op_symlink;
    ops.link = op_link;
    ops.setxattr = op_setxattr;
    ops.getxattr = op_getxattr;
    ops.listxattr = op_listxattr;
    ops.removexattr = op_removexattr;
    return ops;
  }();
  return table;
}

}  // namespace vfsrun::fuse
