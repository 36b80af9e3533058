// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/vpath.hh"

#include <algorithm>

namespace vfsrun {

namespace {
constexpr std::size_t name_max = 255;  // NAME_MAX of limits.h
}

bool VPath::valid_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= name_max && name != "." &&
         name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

Result<VPath> VPath::parse(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return fail(EINVAL, "not an absolute path");
  if (text.find('\0') != text.npos) return fail(EINVAL, "NUL in a path");
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return fail(EINVAL, "'..' in a canonical path");
    out.append("/").append(part);
  }
  return out.empty() ? VPath() : VPath(std::move(out));
}

std::string_view VPath::name() const noexcept {
  return std::string_view(text_).substr(text_.rfind('/') + 1);
}

VPath VPath::parent() const {
  const std::size_t slash = text_.rfind('/');
  return slash == 0 ? VPath() : VPath(text_.substr(0, slash));
}

VPath VPath::child(std::string_view name) const {
  CHECK(valid_name(name));
  std::string text = is_root() ? std::string() : text_;
  text.append("/").append(name);
  return VPath(std::move(text));
}

std::vector<std::string_view> VPath::components() const {
  std::vector<std::string_view> parts;
  const std::string_view text = text_;
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::size_t VPath::depth() const noexcept {
  if (is_root()) return 0;
  return static_cast<std::size_t>(std::ranges::count(text_, '/'));
}

bool VPath::is_within(const VPath& prefix) const noexcept {
  if (prefix.is_root()) return true;
  return text_.starts_with(prefix.text_) &&
         (text_.size() == prefix.text_.size() ||
          text_[prefix.text_.size()] == '/');
}

VPath VPath::below(const VPath& prefix) const {
  CHECK(is_within(prefix));
  if (prefix.is_root()) return *this;
  if (text_.size() == prefix.text_.size()) return {};
  return VPath(text_.substr(prefix.text_.size()));
}

VPath VPath::join(const VPath& tail) const {
  if (tail.is_root()) return *this;
  return is_root() ? tail : VPath(text_ + tail.text_);
}

}  // namespace vfsrun
