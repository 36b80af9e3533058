// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/operation.hh"

#include <new>
#include <system_error>

#include "gateway/base/log.hh"
#include "gateway/fuse/session_data.hh"

namespace vfsrun::fuse {

const Context& context_of(fuse_req_t request) noexcept {
  return *static_cast<const SessionData*>(fuse_req_userdata(request))->context;
}

int code_of_exception(std::string_view operation) noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception& error) {
    try {
      LOG(error, "{}: {}", operation, error.what());
    } catch (...) {
      return ENOMEM;
    }
  } catch (...) {
    return EIO;
  }
  return EIO;
}

Operation::Operation(fuse_req_t request, const Context& context,
                     const Subject& subject)
    : context_(context),
      subject_(subject),
      ticket_(context.in_flight, fuse_req_ctx(request)->pid, subject.sort),
      begun_(std::chrono::steady_clock::now()),
      reply_(request) {
  call_.stop = ticket_.stop();
  call_.client = fuse_req_ctx(request)->pid;
  context.counters.add(Counter::fuse_operations);
  fuse_req_interrupt_func(request, &Operation::interrupted, this);
}

Operation::~Operation() {
  if (armed_) fail(Error{EIO, {}});
}

void Operation::interrupted(fuse_req_t /*request*/, void* self) {
  static_cast<Operation*>(self)->ticket_.interrupted();
}

Reply& Operation::reply() noexcept {
  if (!armed_) return reply_;
  armed_ = false;
  // Waits for an interrupt that is being taken just now.
  fuse_req_interrupt_func(reply_.request(), nullptr, nullptr);
  if (context_.trace) {
    try {
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - begun_;
      LOG(info, "{} {}: {} {:.2f} ms", subject_.operation,
          context_.filesystem.describe(subject_.ino, subject_.name),
          result_ == 0 ? "ok" : std::generic_category().message(result_),
          took.count());
    } catch (const std::exception&) {
      return reply_;  // an operation does not fail for want of a log line
    }
  }
  return reply_;
}

void Operation::fail(const Error& error) noexcept {
  if (!armed_) return;  // answered before
  result_ = error.code;
  reply().error(error.code);
}

}  // namespace vfsrun::fuse
