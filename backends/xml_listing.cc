// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/xml_listing.hh"

#include "backends/listing_text.hh"
#include "backends/xml.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

/// <list><directory mtime="…">d</directory><file mtime="…" size="1">f</file>
class Reader final : public XmlSink {
 public:
  explicit Reader(const ListingLimits& limits)
      : limits_(&limits), builder_(limits.entries) {}

  Result<void> open(std::string_view name, std::size_t depth,
                    const Attributes& attributes) override {
    if (depth == 1 && name != "list") return fail(ENOSYS);
    if (depth > 2) return fail(ENOSYS);
    if (depth == 1) return {};
    if (name != "file" && name != "directory" && name != "other")
      return fail(ENOSYS);
    fact_ = {};
    for (const auto& [key, value] : attributes) {
      if (key == "size") fact_.size = parse_number(value);
      if (key == "mtime") fact_.modified = parse_iso_date(value);
    }
    return {};
  }

  Result<void> close(std::string_view name, std::size_t depth,
                     const std::string& text) override {
    if (depth != 2) return {};
    builder_.add(restore_stray_bytes(text),
                 name == "directory" ? Kind::directory : Kind::file, fact_);
    if (limits_->give_up && limits_->give_up()) return fail(EINTR, "stopped");
    if (builder_.full()) return fail(EFBIG, "the index has too many entries");
    return {};
  }

  ParsedListing take() && { return std::move(builder_).take(true); }

 private:
  const ListingLimits* limits_;
  ListingBuilder builder_;
  ListedFact fact_;
};

}  // namespace

Result<ParsedListing> parse_xml_listing(std::string_view xml,
                                        const std::string& /*base*/,
                                        const ListingLimits& limits) {
  Reader reader(limits);
  const Result<void> done = read_xml(hide_stray_bytes(xml), reader);
  if (!done) {
    return fail(done.error().code == EBADMSG ? ENOSYS : done.error().code,
                done.error().detail);
  }
  return std::move(reader).take();
}

}  // namespace vfsrun
