// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/index_link.hh"

#include <doctest/doctest.h>

#include <array>

TEST_SUITE_BEGIN("backends/index_link.cc");

using namespace vfsrun;
using Meaning = IndexLink::Meaning;

TEST_CASE("a link is an entry, furniture or hostile") {
  struct Row {
    const char* href;
    Meaning meaning;
    const char* segment;
    bool directory;
  };

  const IndexLinks links(curl::parse_url("http://h:81/a%20b/c/").value());
  for (const auto& [href, meaning, segment, directory] : std::to_array<Row>(
           {{"x", Meaning::entry, "x", false},
            {"x/", Meaning::entry, "x", true},
            {"././x", Meaning::entry, "x", false},
            {"%2e%2e/", Meaning::entry, "..", true},
            {"/a%20b/c/x", Meaning::entry, "x", false},
            {"/%61 b/c/x/", Meaning::entry, "x", true},
            {"http://h:81/a%20b/c/x", Meaning::entry, "x", false},
            {"//h:81/a%20b/c/x", Meaning::entry, "x", false},
            {"x#y?z", Meaning::entry, "x", false},
            {"", Meaning::furniture, "", false},
            {"?C=N", Meaning::furniture, "", false},
            {"../", Meaning::furniture, "", false},
            {"/a%20b/", Meaning::furniture, "", false},
            {"/a%20b%2Fc%2Fx", Meaning::furniture, "", false},
            {"/a%20b/c2/x", Meaning::hostile, "", false},
            {"http://h/a%20b/c/x", Meaning::hostile, "", false},
            {"http://h:81/a%20b/c/x?y", Meaning::hostile, "", false},
            {"x/y", Meaning::hostile, "", false},
            {"../../x", Meaning::hostile, "", false},
            {"x?y", Meaning::hostile, "", false},
            {"data:text/html,x", Meaning::hostile, "", false}})) {
    CAPTURE(href);
    const IndexLink link = links.read(href);
    CHECK(link.meaning == meaning);
    CHECK(link.segment == segment);
    CHECK(link.directory == directory);
  }
}

TEST_SUITE_END();
