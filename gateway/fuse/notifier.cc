// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/notifier.hh"

#include "gateway/base/log.hh"

namespace vfsrun::fuse {

Notifier::Notifier(fuse_session* session)
    : session_(session),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Notifier::stale(Ino ino) {
  {
    const std::lock_guard lock(mutex_);
    stale_.insert(ino);
  }
  changed_.notify_all();
}

void Notifier::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return !stale_.empty(); })) {
    const Ino ino = *stale_.begin();
    stale_.erase(stale_.begin());
    lock.unlock();
    // ENOENT: the kernel has forgotten it already.
    const int error = fuse_lowlevel_notify_inval_inode(
        session_, static_cast<fuse_ino_t>(ino), 0, 0);
    if (error != 0) LOG(trace, "notify_inval_inode: {}", -error);
    lock.lock();
  }
}

}  // namespace vfsrun::fuse
