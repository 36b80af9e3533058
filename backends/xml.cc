// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/xml.hh"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace vfsrun {

namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_text = std::size_t{64} * 1024;
constexpr std::size_t step = std::size_t{1024} * 1024;

struct FreeParser {
  void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};

using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

/// What expat's callbacks, which are C, share.
struct Reading {
  XML_Parser parser;
  XmlSink* sink;
  std::vector<std::string> texts;  // of the elements that are open
  std::optional<Error> error;

  void stop(Error why) {
    if (!error) error = std::move(why);
    (void)XML_StopParser(parser, XML_FALSE);
  }

  template <class Work>
  void guarded(Work work) noexcept {
    // Expat may call on for a bit after XML_StopParser().
    if (error) return;
    try {
      if (Result<void> done = work(); !done) stop(std::move(done).error());
    } catch (...) {
      stop(Error{ENOMEM, {}});
    }
  }
};

Reading& of(void* self) { return *static_cast<Reading*>(self); }

void on_open(void* self, const XML_Char* name, const XML_Char** attributes) {
  of(self).guarded([&]() -> Result<void> {
    Reading& reading = of(self);
    if (reading.texts.size() >= max_depth)
      return fail(EBADMSG, "it is nested too deep");
    reading.texts.emplace_back();
    XmlSink::Attributes pairs;
    for (; *attributes != nullptr; attributes += 2)
      pairs.emplace_back(attributes[0], attributes[1]);
    return reading.sink->open(name, reading.texts.size(), pairs);
  });
}

void on_close(void* self, const XML_Char* name) {
  of(self).guarded([&]() -> Result<void> {
    Reading& reading = of(self);
    const std::string text = std::move(reading.texts.back());
    const std::size_t depth = reading.texts.size();
    reading.texts.pop_back();
    return reading.sink->close(name, depth, text);
  });
}

void on_text(void* self, const XML_Char* text, int size) {
  of(self).guarded([&]() -> Result<void> {
    Reading& reading = of(self);
    if (reading.texts.empty()) return {};
    std::string& into = reading.texts.back();
    if (into.size() + static_cast<std::size_t>(size) > max_text)
      return fail(EBADMSG, "it has a text that is too long");
    into.append(text, static_cast<std::size_t>(size));
    return {};
  });
}

// Entities are declared in a DOCTYPE only, and no listing needs one.
void on_doctype(void* self, const XML_Char* /*name*/, const XML_Char* /*id*/,
                const XML_Char* /*public_id*/, int /*internal*/) {
  of(self).guarded(
      []() -> Result<void> { return fail(EBADMSG, "it has a DOCTYPE"); });
}

}  // namespace

Result<void> read_xml(std::string_view xml, XmlSink& sink) {
  const Parser parser(XML_ParserCreateNS("UTF-8", ' '));
  if (!parser) return fail(ENOMEM);
  Reading reading{parser.get(), &sink, {}, {}};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), on_open, on_close);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  for (bool last = false; !last;) {
    const std::string_view part = xml.substr(0, step);
    xml.remove_prefix(part.size());
    last = xml.empty();
    const XML_Status status = XML_Parse(
        parser.get(), part.data(), static_cast<int>(part.size()), last ? 1 : 0);
    if (reading.error) return tl::unexpected(*std::move(reading.error));
    if (status != XML_STATUS_OK)
      return fail(EBADMSG, XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
  return {};
}

}  // namespace vfsrun
