// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/json_listing.hh"

#include <nlohmann/json.hpp>

#include "backends/listing_text.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

/// A list of flat objects, one a name. Reading stops with the first thing
/// that a listing does not have; nothing is built but the entries.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(const ListingLimits& limits)
      : limits_(&limits), builder_(limits.entries) {}

  bool null() override { return inside_object(); }

  bool boolean(bool value) override {
    if (key_ == "is_dir") directory_ = value;
    return inside_object();
  }

  bool number_integer(number_integer_t /*value*/) override {
    return inside_object();
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (key_ == "size") fact_.size = value;
    return inside_object();
  }

  bool number_float(number_float_t /*value*/,
                    const string_t& /*text*/) override {
    return inside_object();
  }

  bool string(string_t& value) override {
    if (key_ == "name") name_ = value;
    if (key_ == "type") directory_ = value == "directory";
    if (key_ == "mtime") fact_.modified = parse_http_date(value);
    if (key_ == "mod_time") fact_.modified = parse_iso_date(value);
    return inside_object();
  }

  bool binary(binary_t& /*value*/) override { return false; }

  bool start_array(std::size_t /*elements*/) override { return ++depth_ == 1; }

  bool end_array() override {
    whole_ = --depth_ == 0;
    return true;
  }

  bool start_object(std::size_t /*elements*/) override {
    name_.reset();
    directory_.reset();
    fact_ = {};
    return ++depth_ == 2;
  }

  bool key(string_t& value) override {
    key_ = value;
    return true;
  }

  bool end_object() override {
    --depth_;
    // Some other list of named things is no listing.
    if (!name_ || !directory_) return false;
    builder_.add(restore_stray_bytes(*name_),
                 *directory_ ? Kind::directory : Kind::file, fact_);
    gave_up_ = limits_->give_up && limits_->give_up();
    return !gave_up_ && !builder_.full();
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

  Result<ParsedListing> take() && {
    if (gave_up_) return fail(EINTR, "stopped");
    if (builder_.full()) return fail(EFBIG, "the index has too many entries");
    if (!whole_) return fail(ENOSYS);
    return std::move(builder_).take(true);
  }

 private:
  [[nodiscard]] bool inside_object() const noexcept { return depth_ == 2; }

  const ListingLimits* limits_;
  ListingBuilder builder_;
  unsigned depth_ = 0;
  bool whole_ = false;
  bool gave_up_ = false;
  std::string key_;
  std::optional<std::string> name_;
  std::optional<bool> directory_;
  ListedFact fact_;
};

}  // namespace

Result<ParsedListing> parse_json_listing(std::string_view json,
                                         const std::string& /*base*/,
                                         const ListingLimits& limits) {
  const std::string text = hide_stray_bytes(json);
  Reader reader(limits);
  const bool good = nlohmann::json::sax_parse(text, &reader);
  Result<ParsedListing> listing = std::move(reader).take();
  if (listing && !good) return fail(ENOSYS);
  return listing;
}

}  // namespace vfsrun
