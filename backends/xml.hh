// SPDX-License-Identifier: GPL-2.0-or-later
// XML as a stream of elements. Any thread. Entities, external or not, are
// refused; depth and text are bounded. The only place that knows expat.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/result.hh"

namespace vfsrun {

/// Takes elements as they come; an error ends the reading and becomes its
/// result.
class XmlSink {
 public:
  using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

  virtual ~XmlSink() = default;
  /// `depth` of the outermost element is 1. Names are "namespace local", or
  /// "local" without one.
  virtual Result<void> open(std::string_view name, std::size_t depth,
                            const Attributes& attributes) = 0;
  /// With the text that stands directly in it.
  virtual Result<void> close(std::string_view name, std::size_t depth,
                             const std::string& text) = 0;
};

/// EBADMSG for what is no well-formed XML, has a DOCTYPE, is nested deeper
/// than 64 or has a text over 64 KiB; else what the sink said.
Result<void> read_xml(std::string_view xml, XmlSink& sink);

}  // namespace vfsrun
