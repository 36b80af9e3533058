// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/remote.hh"

namespace vfsrun::sftp {

Error Remote::reported(Error error) const {
  const bool lost = is_lost(error.code);
  if (!error.detail.starts_with(label_))
    error.detail = fmt::format("{}: {}", label_, error.detail);
  if (lost || error.code == EIO || error.code == EPROTO ||
      error.code == ETIMEDOUT) {
    LOG(warn, "{}", error.detail);
  } else {
    LOG(debug, "{}", error.detail);
  }
  if (lost) error.code = EIO;
  return error;
}

}  // namespace vfsrun::sftp
