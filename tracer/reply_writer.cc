// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/reply_writer.hh"

namespace vfsrun::tracer {

void ReplyWriter::write(Stopped stopped, Tracee& tracee, RemoteAddress at,
                        std::string text, PendingReply reply) {
  tracee.reply = reply;
  const pid_t tid = stopped.tid();
  if (!is_resident(tid, at, text.size())) {
    memory_.submit({tid, at, 0, std::move(text)});
    parked_.park(std::move(stopped), WaitsFor::memory);
    return;
  }
  const auto written = write_memory(tid, at, std::as_bytes(std::span(text)));
  finish(std::move(stopped), tracee, written.has_value());
}

void ReplyWriter::finish(Stopped stopped, Tracee& tracee, bool written) {
  const auto reply = std::exchange(tracee.reply, std::nullopt);
  if (!reply) return;
  if (!written || !reply->seek_to) {
    tracee.listing.reset();
    (void)stopped.skip_call(written ? reply->result : -EFAULT);
    return;
  }
  tracee.listing->step = ListingCall::Step::answer;
  tracee.listing->result = reply->result;
  if (seek_instead(stopped, *tracee.listing, *reply->seek_to))
    std::move(stopped).resume(Until::syscall_exit);
}

}  // namespace vfsrun::tracer
