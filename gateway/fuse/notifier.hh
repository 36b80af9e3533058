// SPDX-License-Identifier: GPL-2.0-or-later
// Tells the kernel which of its pages are not a file's any more. From a
// thread of its own: the kernel may have to wait for a READ to be answered,
// so whoever answers requests must not wait for it. Any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "gateway/fs/node_table.hh"
#include "gateway/fuse/lowlevel.hh"

namespace vfsrun::fuse {

class Notifier {
 public:
  /// Outlived by the session.
  explicit Notifier(fuse_session* session);
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  ~Notifier() = default;

  void stale(Ino ino);

 private:
  void work(const std::stop_token& stop);

  fuse_session* session_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<Ino> stale_;
  std::jthread thread_;
};

}  // namespace vfsrun::fuse
