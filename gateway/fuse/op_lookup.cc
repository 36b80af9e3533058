// SPDX-License-Identifier: GPL-2.0-or-later
#include <span>

#include "gateway/fuse/operation.hh"
#include "gateway/fuse/ops.hh"

namespace vfsrun::fuse {

namespace {
/// Requests that the kernel keeps in flight on behalf of nobody in particular
/// (read-ahead) for the whole mount. The default of 12 lets one slow server
/// stop all others.
constexpr unsigned max_background = 1000;
}  // namespace

void op_init(void* /*userdata*/, fuse_conn_info* connection) {
  // Replies are copied from the cache file's memory; requests are small.
  connection->want &= ~static_cast<unsigned>(
      FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  // Listings bring along what is known; when that is wanted, the kernel sees
  // by itself.
  connection->want |=
      connection->capable &
      static_cast<unsigned>(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
  // Pages of a file go when its length or time has changed. A node that is
  // one version has the same ones for ever.
  connection->want |=
      connection->capable &
      static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_CACHE_SYMLINKS);
  connection->max_background = max_background;
  connection->congestion_threshold = max_background;
  connection->time_gran = 1;
}

void op_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  run(request, {"lookup", Ino{parent}, name}, [&](Operation& operation) {
    Filesystem& filesystem = operation.filesystem();
    const Result<EntryReply> entry =
        filesystem.lookup(Ino{parent}, name, operation.call());
    if (!entry) return operation.fail(entry.error());
    if (!operation.reply().entry(*entry, operation.owner()))
      filesystem.forget(entry->ino, 1);
  });
}

void op_forget(fuse_req_t request, fuse_ino_t ino, std::uint64_t lookups) {
  Reply reply(request);
  context_of(request).filesystem.forget(Ino{ino}, lookups);
  reply.nothing();
}

void op_forget_multi(fuse_req_t request, std::size_t count,
                     fuse_forget_data* forgets) {
  Reply reply(request);
  Filesystem& filesystem = context_of(request).filesystem;
  for (const fuse_forget_data& each : std::span(forgets, count))
    filesystem.forget(Ino{each.ino}, each.nlookup);
  reply.nothing();
}

}  // namespace vfsrun::fuse
