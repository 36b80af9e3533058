// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/http_jobs.hh"

#include <fmt/core.h>

#include <algorithm>

#include "backends/listing.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

using curl::Flow;
using curl::ResponseHead;

constexpr std::uint64_t first_block = std::uint64_t{64} * 1024;
// Rest of a body that is read for the sake of its connection.
constexpr std::uint64_t worth_draining = std::uint64_t{64} * 1024;

tl::unexpected<Error> strange(const std::string& label, std::string_view what) {
  return fail(EIO, fmt::format("{}: {}", label, what));
}

Result<void> check_encoding(const ResponseHead& head,
                            const std::string& label) {
  if (const std::string encoding = foreign_encoding(head, label);
      !encoding.empty()) {
    return strange(label, fmt::format("the server answered with "
                                      "Content-Encoding {} though none was "
                                      "accepted",
                                      encoding));
  }
  return {};
}

/// What no answer may be, whatever was asked.
Result<void> check_plain_body(const ResponseHead& head,
                              const std::string& label) {
  TRY(check_encoding(head, label));
  // RFC 9110 section 14.6: only for several ranges, and we ask for one.
  if (head.status == 206 && media_type(head) == "multipart/byteranges")
    return strange(label, "the server answered one range with several parts");
  if (head.status == 412 || head.status == 304 || head.status == 416) {
    return strange(label, fmt::format("the server answered {} to a question "
                                      "that does not allow it",
                                      head.status));
  }
  return {};
}

std::optional<ContentRange> content_range(const ResponseHead& head) {
  const std::string* field = head.find("content-range");
  if (field == nullptr) return std::nullopt;
  return parse_content_range(*field);
}

std::string range_header(std::uint64_t first, std::uint64_t last) {
  return fmt::format("Range: bytes={}-{}", first, last);
}

/// RFC 9110 section 13.1: the answer is 304 if nothing has changed.
void add_condition(const Attr* known, std::vector<std::string>& headers) {
  if (known == nullptr) return;
  const Validators validators = Validators::of(known->version);
  if (!validators.etag.empty()) {
    headers.push_back("If-None-Match: " + validators.etag);
  } else if (validators.modified) {
    headers.push_back("If-Modified-Since: " +
                      format_http_date(*validators.modified));
  }
}

const Attr* with_version(const Attr* known) {
  return known != nullptr && known->version.known() ? known : nullptr;
}

}  // namespace

// ---------------------------------------------------------------- ProbeJob

ProbeJob::ProbeJob(std::string label, const Attr* known, Ask ask)
    : label_(std::move(label)), known_(with_version(known)), ask_(ask) {}

std::vector<std::string> ProbeJob::headers() {
  probe_ = Probe{};
  promised_.reset();
  unchanged_ = range_refused_ = false;
  std::vector<std::string> out;
  if (ask_ == Ask::first_block) out.push_back(range_header(0, first_block - 1));
  add_condition(known_, out);
  return out;
}

Result<Flow> ProbeJob::on_head(const ResponseHead& head) {
  const CachePolicy policy = cache_policy(head, std::time(nullptr));
  if (head.status == 304 && known_ != nullptr) {
    unchanged_ = true;
    probe_.attr = *known_;
    probe_.attr.fresh_for = policy.fresh_for;
    return Flow::more;
  }
  const bool ranged = ask_ == Ask::first_block;
  const Validators validators = Validators::of(head);
  probe_.attr.modified = validators.modified;
  probe_.attr.size = validators.size;
  probe_.attr.fresh_for = policy.fresh_for;
  probe_.attr.storable = policy.storable;
  if (head.status == 416 && ranged) {
    // No byte 0: RFC 9110 section 15.5.17 lets an empty file answer so.
    range_refused_ = validators.size != 0;
    probe_.attr.version = validators.version();
    promised_ = 0;
    return Flow::enough;
  }
  TRY(check_plain_body(head, label_));
  if (head.status == 204) probe_.attr.size = 0;
  probe_.attr.version = validators.version();
  if (head.status == 206) return on_part(head);
  probe_.attr.ranges = !ranged || probe_.attr.size == 0;
  return Flow::more;
}

Result<Flow> ProbeJob::on_part(const ResponseHead& head) {
  const auto part = content_range(head);
  if (ask_ != Ask::first_block || !part || !part->range ||
      part->range->offset != 0 || part->range->size > first_block) {
    return strange(label_,
                   "the server answered another range than was asked for");
  }
  promised_ = part->range->size;
  return Flow::more;
}

Result<Flow> ProbeJob::on_body(std::span<const std::byte> bytes) {
  if (unchanged_ || range_refused_) return Flow::more;
  const std::uint64_t wanted = promised_.value_or(first_block);
  const std::uint64_t room = wanted - probe_.head.size();
  const auto taken = bytes.first(std::min<std::uint64_t>(room, bytes.size()));
  probe_.head.insert(probe_.head.end(), taken.begin(), taken.end());
  if (probe_.head.size() < wanted) return Flow::more;
  if (taken.size() < bytes.size()) return Flow::enough;
  // Full. A short rest is read, a long one costs the connection.
  const bool short_rest =
      promised_ ||
      (probe_.attr.size && *probe_.attr.size <= first_block + worth_draining);
  return short_rest ? Flow::more : Flow::enough;
}

bool ProbeJob::complete() {
  // A body without a length that ended within the first block has told it.
  const bool is_body = !unchanged_ && !range_refused_ && !promised_;
  if (is_body && !probe_.attr.size && probe_.head.size() < first_block)
    probe_.attr.size = probe_.head.size();
  return !promised_ || probe_.head.size() == *promised_;
}

// ----------------------------------------------------------------- HeadJob

HeadJob::HeadJob(std::string label, const Attr* known)
    : label_(std::move(label)), known_(with_version(known)) {}

std::vector<std::string> HeadJob::headers() {
  attr_.reset();
  std::vector<std::string> out;
  add_condition(known_, out);
  return out;
}

Result<Flow> HeadJob::on_head(const ResponseHead& head) {
  const CachePolicy policy = cache_policy(head, std::time(nullptr));
  if (head.status == 304 && known_ != nullptr) {
    attr_ = *known_;
    attr_->fresh_for = policy.fresh_for;
    return Flow::more;
  }
  const Validators validators = Validators::of(head);
  if (head.status != 200 || validators.size.value_or(0) == 0 ||
      !foreign_encoding(head, label_).empty())
    return Flow::more;
  attr_.emplace();
  attr_->size = validators.size;
  attr_->modified = validators.modified;
  attr_->version = validators.version();
  attr_->fresh_for = policy.fresh_for;
  attr_->storable = policy.storable;
  return Flow::more;
}

// ---------------------------------------------------------------- RangeJob

RangeJob::RangeJob(std::string label, ByteRange range, const Version& expected,
                   const ByteSink& sink)
    : label_(std::move(label)),
      range_(range),
      expected_(Validators::of(expected)),
      sink_(&sink) {}

std::vector<std::string> RangeJob::headers() {
  std::vector<std::string> out;
  out.push_back(range_header(position(), range_.end() - 1));
  // RFC 9110 section 13.1.1: If-Match compares strongly, so that a weak ETag
  // never matches; the answer's own is compared instead.
  if (!expected_.etag.empty() && !expected_.weak()) {
    out.push_back("If-Match: " + expected_.etag);
  } else if (expected_.modified) {
    out.push_back("If-Unmodified-Since: " +
                  format_http_date(*expected_.modified));
  }
  return out;
}

Result<void> RangeJob::check_part(const ResponseHead& head) {
  const auto part = content_range(head);
  if (!part || !part->range || part->range->offset != position() ||
      part->range->end() > range_.end()) {
    return strange(label_,
                   "the server answered another range than was asked for");
  }
  skip_ = 0;
  limit_ = left_ = part->range->size;
  return {};
}

Result<Flow> RangeJob::on_head(const ResponseHead& head) {
  // First of all: an encoded body has another length and ETag as well.
  TRY(check_encoding(head, label_));
  const Validators seen = Validators::of(head);
  std::string change = expected_.contradiction(seen);
  if (change.empty() && head.status == 412)
    change = "the server answered 412 Precondition Failed";
  if (change.empty() && head.status == 416 && expected_.size && !seen.size &&
      *expected_.size > position())
    change = "it has no longer the bytes that are asked for";
  if (!change.empty()) {
    return fail(ESTALE, fmt::format("{} changed on the server while it was "
                                    "open: {}",
                                    label_, change));
  }
  TRY(check_plain_body(head, label_));
  // What one answer tells holds for the next: a resumed read never joins
  // the bytes of two versions.
  if (expected_.etag.empty()) expected_.etag = seen.etag;
  if (!expected_.modified) expected_.modified = seen.modified;
  if (!expected_.size) expected_.size = seen.size;
  if (head.status == 206) {
    TRY(check_part(head));
    return Flow::more;
  }
  skip_ = position();
  limit_ = range_.size - delivered_;
  left_ = seen.size.value_or(UINT64_MAX);
  if (seen.size && *seen.size < range_.end()) {
    return strange(label_, fmt::format("the file ends at {}, before the range "
                                       "that was asked for",
                                       *seen.size));
  }
  return Flow::more;
}

Result<Flow> RangeJob::on_body(std::span<const std::byte> bytes) {
  left_ -= std::min<std::uint64_t>(left_, bytes.size());
  const std::uint64_t skipped = std::min<std::uint64_t>(skip_, bytes.size());
  skip_ -= skipped;
  bytes = bytes.subspan(skipped);
  bytes = bytes.first(std::min<std::uint64_t>(limit_, bytes.size()));
  if (!bytes.empty()) {
    if (const Result<void> taken = (*sink_)(bytes); !taken) {
      sink_failed_ = true;
      return tl::unexpected(taken.error());
    }
    limit_ -= bytes.size();
    delivered_ += bytes.size();
  }
  const bool satisfied = limit_ == 0 && skip_ == 0;
  return satisfied && left_ > worth_draining ? Flow::enough : Flow::more;
}

// ---------------------------------------------------------------- WholeJob

Result<Flow> WholeJob::on_head(const ResponseHead& head) {
  TRY(check_plain_body(head, label_));
  if (head.status == 206)
    return strange(label_, "the server answered a part of what was asked for");
  validators_ = Validators::of(head);
  return Flow::more;
}

Result<Flow> WholeJob::on_body(std::span<const std::byte> bytes) {
  received_ += bytes.size();
  if (const Result<void> taken = (*sink_)(bytes); !taken) {
    sink_failed_ = true;
    return tl::unexpected(taken.error());
  }
  return Flow::more;
}

Attr WholeJob::attr() const {
  Attr attr;
  attr.size = received_;
  attr.modified = validators_.modified;
  attr.version = validators_.version();
  return attr;
}

// ----------------------------------------------------------------- PageJob

std::vector<std::string> PageJob::headers() {
  page_.clear();
  // Caddy answers in JSON, with exact sizes, if it may.
  return {
      "Accept: application/json, application/xml;q=0.9, text/html;q=0.8, "
      "*/*;q=0.1"};
}

Result<Flow> PageJob::on_head(const ResponseHead& head) {
  TRY(check_plain_body(head, label_));
  type_ = media_type(head);
  if (head.status != 200 || !is_listing_type(type_)) {
    return fail(ENOTDIR, fmt::format("{}: the server answered {}, not a page",
                                     label_, type_));
  }
  if (head.content_length().value_or(0) > max_page)
    return fail(EFBIG, fmt::format("{}: the index page is too long", label_));
  return Flow::more;
}

Result<Flow> PageJob::on_body(std::span<const std::byte> bytes) {
  if (bytes.size() > max_page - page_.size())
    return fail(EFBIG, fmt::format("{}: the index page is too long", label_));
  page_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return Flow::more;
}

}  // namespace vfsrun
