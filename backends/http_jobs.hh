// SPDX-License-Identifier: GPL-2.0-or-later
// What the operations on a file do with a response: how the question is put,
// which answers are believed, and which bytes are let through. Each job is
// one operation's and lives on its caller's stack.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/backend.hh"
#include "backends/http_fetch.hh"
#include "backends/http_head.hh"

namespace vfsrun {

/// The first bytes of a file and all that its head tells.
class ProbeJob final : public FetchJob {
 public:
  enum class Ask : std::uint8_t { first_block, whole };

  /// `label` is the URL for messages. `known` may be null, and outlives
  /// the job.
  ProbeJob(std::string label, const Attr* known, Ask ask);

  std::vector<std::string> headers() override;
  Result<curl::Flow> on_head(const curl::ResponseHead& head) override;
  Result<curl::Flow> on_body(std::span<const std::byte> bytes) override;
  bool complete() override;

  [[nodiscard]] bool small() const override { return ask_ == Ask::first_block; }

  /// The server has what `known` says.
  [[nodiscard]] bool unchanged() const noexcept { return unchanged_; }

  /// A 416 that does not say how long the file is: ask for it whole.
  [[nodiscard]] bool range_refused() const noexcept { return range_refused_; }

  /// With kind, size, times and version; the mode is the backend's.
  [[nodiscard]] Probe take() && { return std::move(probe_); }

 private:
  Result<curl::Flow> on_part(const curl::ResponseHead& head);

  std::string label_;
  const Attr* known_;
  Ask ask_;
  bool unchanged_ = false;
  bool range_refused_ = false;
  std::optional<std::uint64_t> promised_;  ///< bytes of a 206
  Probe probe_;
};

/// What a HEAD tells, where it can be believed.
class HeadJob final : public FetchJob {
 public:
  /// `known` as for ProbeJob.
  HeadJob(std::string label, const Attr* known);

  [[nodiscard]] bool head_only() const override { return true; }

  std::vector<std::string> headers() override;
  Result<curl::Flow> on_head(const curl::ResponseHead& head) override;

  Result<curl::Flow> on_body(std::span<const std::byte> /*bytes*/) override {
    return curl::Flow::enough;
  }

  /// Nothing: no length, or one of 0, as many answer who do not know. A GET
  /// has the word.
  [[nodiscard]] const std::optional<Attr>& attr() const noexcept {
    return attr_;
  }

 private:
  std::string label_;
  const Attr* known_;
  std::optional<Attr> attr_;
};

/// A range of one version; goes on where a try broke off.
class RangeJob final : public FetchJob {
 public:
  RangeJob(std::string label, ByteRange range, const Version& expected,
           const ByteSink& sink);

  std::vector<std::string> headers() override;
  Result<curl::Flow> on_head(const curl::ResponseHead& head) override;
  Result<curl::Flow> on_body(std::span<const std::byte> bytes) override;

  bool complete() override { return delivered_ == range_.size; }

  [[nodiscard]] std::uint64_t kept() const override { return delivered_; }

  [[nodiscard]] bool is_part() const override { return true; }

  /// The error is the sink's own: whoever gave the sink knows of it.
  [[nodiscard]] bool sink_failed() const noexcept { return sink_failed_; }

 private:
  [[nodiscard]] std::uint64_t position() const noexcept {
    return range_.offset + delivered_;
  }

  Result<void> check_part(const curl::ResponseHead& head);

  std::string label_;
  ByteRange range_;
  Validators expected_;
  const ByteSink* sink_;
  std::uint64_t delivered_ = 0;
  std::uint64_t skip_ = 0;   ///< of this body: before the range
  std::uint64_t limit_ = 0;  ///< of this body: bytes that are ours
  std::uint64_t left_ = 0;   ///< of this body, where its length is known
  bool sink_failed_ = false;
};

/// A whole body of a length that nobody knows.
class WholeJob final : public FetchJob {
 public:
  WholeJob(std::string label, const ByteSink& sink)
      : label_(std::move(label)), sink_(&sink) {}

  std::vector<std::string> headers() override { return {}; }

  Result<curl::Flow> on_head(const curl::ResponseHead& head) override;
  Result<curl::Flow> on_body(std::span<const std::byte> bytes) override;

  [[nodiscard]] bool repeatable() const override { return received_ == 0; }

  [[nodiscard]] bool sink_failed() const noexcept { return sink_failed_; }

  [[nodiscard]] Attr attr() const;

 private:
  std::string label_;
  const ByteSink* sink_;
  Validators validators_;
  std::uint64_t received_ = 0;
  bool sink_failed_ = false;
};

/// A page that may be a listing, whole, up to `max_page` bytes.
class PageJob final : public FetchJob {
 public:
  static constexpr std::size_t max_page = std::size_t{32} * 1024 * 1024;

  explicit PageJob(std::string label) : label_(std::move(label)) {}

  std::vector<std::string> headers() override;
  Result<curl::Flow> on_head(const curl::ResponseHead& head) override;
  Result<curl::Flow> on_body(std::span<const std::byte> bytes) override;

  [[nodiscard]] const std::string& page() const noexcept { return page_; }

  [[nodiscard]] const std::string& type() const noexcept { return type_; }

 private:
  std::string label_;
  std::string page_;
  std::string type_;
};

}  // namespace vfsrun
